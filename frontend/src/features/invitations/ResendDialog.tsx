/** Another letter to somebody without an account, perhaps elsewhere; the link of the letter before ends. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Circle, PendingInvitation } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { fullName } from "../directory/professional.ts"
import { LetterFields, letterOf, newLetter } from "./LetterFields.tsx"

interface ResendDialogProps {
  circle: Circle
  invitation: PendingInvitation | null
  onClose: () => void
}

export function ResendDialog({ circle, invitation, onClose }: ResendDialogProps) {
  const { t } = useTranslation("invitations")
  return (
    <Dialog
      title={invitation === null ? "" : t("resend.title", { name: fullName(invitation) })}
      isOpen={invitation !== null}
      onClose={onClose}
    >
      {invitation && <ResendForm circle={circle} invitation={invitation} onClose={onClose} />}
    </Dialog>
  )
}

function ResendForm({ circle, invitation, onClose }: ResendDialogProps & { invitation: PendingInvitation }) {
  const { t } = useTranslation("invitations")
  const act = useAct()
  const [letter, setLetter] = useState(() => newLetter(null))
  const [tried, setTried] = useState(false)
  const address = letterOf(letter)

  const resend = () => {
    setTried(true)
    if (address === undefined) return
    act.run(async () => {
      await circle.resend(invitation.id, address)
      onClose()
      toast(t("resend.done", { name: fullName(invitation) }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        resend()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{t("resend.consequence")}</p>
      <LetterFields person={invitation} mssante={null} letter={letter} onChange={setLetter} tried={tried} />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("decline.back")}</Button>
        <Button type="submit" variant="primary" icon="send" isPending={act.running}>
          {act.running ? t("resend.running") : t("resend.submit")}
        </Button>
      </div>
    </Form>
  )
}
