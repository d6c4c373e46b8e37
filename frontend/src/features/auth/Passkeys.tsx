/**
 * My passkeys: with one of them I sign in without password and code. Before a change the server may ask who is here.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Button as AriaButton, Form } from "react-aria-components"
import type { Passkey } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useCordee } from "../cordee.ts"
import { Problem } from "./Problem.tsx"
import { ProveForm } from "./ProveForm.tsx"
import { useProvenAct } from "./provenAct.ts"

export function Passkeys() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error } = useQuery({ queryKey: ["passkeys"], queryFn: () => cordee.passkeys() })
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<Passkey | null>(null)
  const close = () => {
    setAdding(false)
    setRemoving(null)
  }
  return (
    <section className="card" aria-labelledby="passkeys">
      <h2 id="passkeys">{t("passkeys.title")}</h2>
      <p className="small soft">{t("passkeys.note")}</p>
      {error !== null && (
        <Notice tone="urgent" role="alert">
          {words(error)}
        </Notice>
      )}
      {data?.length === 0 && <p className="small soft">{t("passkeys.none")}</p>}
      {data !== undefined && data.length > 0 && (
        <ul aria-label={t("passkeys.list")}>
          {data.map((passkey) => (
            <Row
              key={passkey.id}
              passkey={passkey}
              onRemove={() => {
                setRemoving(passkey)
              }}
            />
          ))}
        </ul>
      )}
      <div>
        <Button
          icon="plus"
          onPress={() => {
            setAdding(true)
          }}
        >
          {t("passkeys.add")}
        </Button>
      </div>
      <Dialog title={t("passkeys.addTitle")} isOpen={adding} onClose={close}>
        <Adding withPasskey={(data?.length ?? 0) > 0} onClose={close} />
      </Dialog>
      <Dialog title={t("passkeys.removeTitle")} role="alertdialog" isOpen={removing !== null} onClose={close}>
        {removing && <Removing passkey={removing} onClose={close} />}
      </Dialog>
    </section>
  )
}

function Row({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const { t } = useTranslation("auth")
  const dates = useDates()
  const { added, name, used } = passkey
  return (
    <li className="possession">
      <Icon name="key" />
      <div>
        <p className="name possession-name">{name}</p>
        <p className="small soft">
          {t("passkeys.added", { date: dates.numeric(added) })},{" "}
          {used === null
            ? t("passkeys.neverUsed")
            : t("passkeys.used", { date: dates.numeric(used), hour: dates.hour(used) })}
        </p>
      </div>
      <AriaButton className="button button-plain" aria-label={t("passkeys.remove", { name })} onPress={onRemove}>
        {t("passkeys.removeShort")}
      </AriaButton>
    </li>
  )
}

/** What both dialogs do once the server has agreed. */
function useChanged(onClose: () => void): (words: string) => Promise<void> {
  const queries = useQueryClient()
  return async (words) => {
    await queries.invalidateQueries({ queryKey: ["passkeys"] })
    onClose()
    toast(words)
  }
}

function Adding({ withPasskey, onClose }: { withPasskey: boolean; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const changed = useChanged(onClose)
  const act = useProvenAct()
  const [name, setName] = useState("")
  const [tried, setTried] = useState(false)
  const missing = name.trim() === ""

  const add = () => {
    setTried(true)
    if (missing) return
    act.run(async () => {
      await cordee.addPasskey(name.trim())
      await changed(t("passkeys.addedToast"))
    })
  }

  if (act.proving) return <ProveForm withPasskey={withPasskey} onClose={onClose} onProven={act.goOn} />
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        add()
      }}
    >
      <p>{t("passkeys.addNote")}</p>
      <Field
        label={t("passkeys.name")}
        help={t("passkeys.nameHelp")}
        value={name}
        onChange={setName}
        maxLength={60}
        autoFocus
        autoComplete="off"
        error={tried && missing ? t("passkeys.nameMissing") : undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("passkeys.cancel")}</Button>
        <Button type="submit" variant="primary" icon="key" isPending={act.running}>
          {act.running ? t("passkeys.adding") : t("passkeys.continue")}
        </Button>
      </div>
    </Form>
  )
}

function Removing({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const changed = useChanged(onClose)
  const act = useProvenAct()

  if (act.proving) return <ProveForm withPasskey onClose={onClose} onProven={act.goOn} />
  return (
    <>
      <p>{t("passkeys.removeNote", { name: passkey.name })}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("passkeys.cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              await cordee.removePasskey(passkey.id)
              await changed(t("passkeys.removedToast"))
            })
          }}
        >
          {t("passkeys.removeSubmit")}
        </Button>
      </div>
    </>
  )
}
