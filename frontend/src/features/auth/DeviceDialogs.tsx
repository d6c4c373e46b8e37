/** What I can do about a device of mine: call it otherwise, stop using it, or say that it is lost. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import { Form } from "react-aria-components"
import type { DeviceRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { LossDialog } from "./LossDialog.tsx"
import { Problem } from "./Problem.tsx"

/** As long as the server keeps. */
const LONGEST_NAME = 80

export interface DeviceAct {
  readonly kind: "rename" | "retire" | "lose"
  readonly device: DeviceRow
}

export function DeviceDialogs({ act, onClose }: { act: DeviceAct | null; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const device = act?.device
  return (
    <>
      <Dialog title={t("deviceActs.rename.title")} isOpen={act?.kind === "rename"} onClose={onClose}>
        {device && <Renaming device={device} onClose={onClose} />}
      </Dialog>
      <Dialog
        title={t("deviceActs.retire.title")}
        role="alertdialog"
        isOpen={act?.kind === "retire"}
        onClose={onClose}
      >
        {device && <Retiring device={device} onClose={onClose} />}
      </Dialog>
      <LossDialog lost={act?.kind === "lose" ? act.device : undefined} onClose={onClose} />
    </>
  )
}

/** What both dialogs do once the server has agreed. */
function useChanged(onClose: () => void): (words: string) => Promise<void> {
  const queries = useQueryClient()
  return async (words) => {
    await queries.invalidateQueries({ queryKey: ["devices"] })
    await queries.invalidateQueries({ queryKey: ["unlockers"] })
    onClose()
    toast(words)
  }
}

function Renaming({ device, onClose }: { device: DeviceRow; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const changed = useChanged(onClose)
  const act = useAct()
  const [name, setName] = useState(device.name)
  const [tried, setTried] = useState(false)
  const missing = name.trim() === ""
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (missing) return
        act.run(async () => {
          await cordee.renameDevice(device.id, name.trim())
          await changed(t("deviceActs.rename.done"))
        })
      }}
    >
      <Field
        label={t("deviceActs.rename.name")}
        help={t("deviceActs.rename.help")}
        value={name}
        onChange={setName}
        maxLength={LONGEST_NAME}
        autoFocus
        autoComplete="off"
        error={tried && missing ? t("deviceActs.rename.missing") : undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("deviceActs.cancel")}</Button>
        <Button type="submit" variant="primary" isPending={act.running}>
          {t("deviceActs.rename.submit")}
        </Button>
      </div>
    </Form>
  )
}

function Retiring({ device, onClose }: { device: DeviceRow; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const changed = useChanged(onClose)
  const act = useAct()
  return (
    <>
      <p>{t("deviceActs.retire.note", { name: device.name })}</p>
      <p className="small soft">{t("deviceActs.retire.notLost")}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("deviceActs.cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              await cordee.revokeDevice(device.id)
              await changed(t("deviceActs.retire.done"))
            })
          }}
        >
          {t("deviceActs.retire.submit")}
        </Button>
      </div>
    </>
  )
}
