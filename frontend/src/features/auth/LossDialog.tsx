/**
 * Somebody else may hold what opens my vault: a device that is lost, stolen or not mine, or a code that was seen. All
 * that follows is said before; then the new recovery code takes the screen.
 */
import { useTranslation } from "react-i18next"
import type { DeviceRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { Problem } from "./Problem.tsx"

/** Null when a code was seen and no device is lost; undefined while nothing is. */
type Lost = Pick<DeviceRow, "id" | "name"> | null | undefined

const consequences = ["keys", "code", "others", "read"] as const

export function LossDialog({ lost, onClose }: { lost: Lost; onClose: () => void }) {
  const { t } = useTranslation("auth")
  return (
    <Dialog
      title={lost === null ? t("loss.codeTitle") : t("loss.title")}
      role="alertdialog"
      isOpen={lost !== undefined}
      onClose={onClose}
    >
      {lost !== undefined && <Loss lost={lost} onClose={onClose} />}
    </Dialog>
  )
}

function Loss({ lost, onClose }: { lost: NonNullable<Lost> | null; onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  return (
    <>
      <p>{lost === null ? t("loss.codeNote") : t("loss.note", { name: lost.name })}</p>
      <ul className="consequences">
        {consequences
          .filter((each) => lost !== null || each !== "read")
          .map((each) => (
            <li key={each}>
              <Icon name="right" small />
              <span>{t(`loss.${each}`)}</span>
            </li>
          ))}
      </ul>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("deviceActs.cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            act.run(() => cordee.deviceLost(lost?.id ?? null))
          }}
        >
          {act.running ? t("loss.running") : t(lost === null ? "loss.codeSubmit" : "loss.submit")}
        </Button>
      </div>
    </>
  )
}
