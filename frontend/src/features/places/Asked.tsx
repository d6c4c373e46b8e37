/** One act that asks why: its consequence first, fields of its own, a reason, and what the server says against it. */
import { useState, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import type { IconName } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"

interface QuestionProps {
  /** What follows, in plain words. */
  consequence: string
  submit: string
  /** Said when it is done. */
  done: string
  icon?: IconName
  isDangerous?: boolean
  /** Nothing is sent while its own fields are incomplete. */
  isIncomplete?: boolean
  act: (reason: string) => Promise<void>
  onClose: () => void
  /** The fields of this act; told whether somebody has tried to send them. */
  children?: (tried: boolean) => ReactNode
}

interface AskedProps extends QuestionProps {
  title: string
  isOpen: boolean
}

export function Asked({ title, isOpen, ...question }: AskedProps) {
  return (
    <Dialog title={title} role="alertdialog" isOpen={isOpen} onClose={question.onClose}>
      <Question {...question} />
    </Dialog>
  )
}

function Question({
  consequence,
  submit,
  done,
  icon,
  isDangerous = false,
  isIncomplete = false,
  act,
  onClose,
  children,
}: QuestionProps) {
  const { t } = useTranslation("places")
  const { problem, run, running } = useAct()
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)

  const send = () => {
    setTried(true)
    if (isIncomplete) return
    run(async () => {
      await act(reason.trim())
      onClose()
      toast(done)
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        send()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{consequence}</p>
      {children?.(tried)}
      <Field label={t("reason")} help={t("reasonHelp")} value={reason} onChange={setReason} maxLength={200} />
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant={isDangerous ? "danger" : "primary"} {...(icon && { icon })} isPending={running}>
          {submit}
        </Button>
      </div>
    </Form>
  )
}
