/** What is disclosed only for a reason: the consequence first, then why, in words that another officer will read. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"

interface AskReasonProps {
  title: string
  /** What follows, and who sees it. */
  consequence: readonly string[]
  submit: string
  isOpen: boolean
  onClose: () => void
  /** Closes by itself once this has succeeded. */
  act: (reason: string) => Promise<void>
}

/** The server's bounds: a word is no reason. */
const SHORTEST = 10
const LONGEST = 500

export function AskReason({ isOpen, onClose, title, ...form }: AskReasonProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <Form {...form} onClose={onClose} />
    </Dialog>
  )
}

function Form({ act, consequence, onClose, submit }: Omit<AskReasonProps, "isOpen" | "title">) {
  const { t } = useTranslation("trail")
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const running = useAct()
  const said = reason.trim()
  const isShort = said.length < SHORTEST
  return (
    <form
      className="dialog-form"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (isShort) return
        running.run(async () => {
          await act(said)
          onClose()
        })
      }}
    >
      {consequence.map((sentence, index) => (
        <p key={sentence} className={index === 0 ? "" : "small soft"}>
          {sentence}
        </p>
      ))}
      <Field
        label={t("reason.label")}
        help={t("reason.help")}
        multiline
        autoFocus
        value={reason}
        onChange={setReason}
        maxLength={LONGEST}
        error={tried && isShort ? t("reason.short", { count: SHORTEST }) : undefined}
      />
      <Problem words={running.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("reason.cancel")}</Button>
        <Button variant="primary" type="submit" isPending={running.running}>
          {submit}
        </Button>
      </div>
    </form>
  )
}
