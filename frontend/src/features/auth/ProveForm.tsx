/** Who is signed in shows once more who is at the screen: by a code, or by a passkey when there is one. */
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { CodeForm } from "./CodeForm.tsx"

interface ProveFormProps {
  withPasskey: boolean
  onClose: () => void
  onProven: () => void
}

export function ProveForm({ withPasskey, onClose, onProven }: ProveFormProps) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  return (
    <div className="prove">
      <h3>{t("prove.title")}</h3>
      <p className="small soft">{t("prove.explanation")}</p>
      <CodeForm
        submit={async (code) => {
          await cordee.reauthenticate(code)
          onProven()
        }}
      />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("passkeys.cancel")}</Button>
        {withPasskey && (
          <Button
            icon="key"
            isDisabled={act.running}
            onPress={() => {
              act.run(async () => {
                await cordee.reauthenticateWithPasskey()
                onProven()
              })
            }}
          >
            {t("prove.passkey")}
          </Button>
        )}
      </div>
    </div>
  )
}
