/** One question before an act: its consequence, a way back, the act. What the server says against it stays here. */
import type { ReactNode } from "react"
import { Button } from "../ui/Button.tsx"
import { Dialog } from "../ui/Dialog.tsx"
import type { IconName } from "../ui/Icon.tsx"
import { Notice } from "../ui/Notice.tsx"
import { toast } from "../ui/toasts.ts"
import { useAct } from "./act.ts"

interface QuestionProps {
  submit: string
  cancel: string
  /** Said when it is done. */
  done: string
  act: () => Promise<void>
  onClose: () => void
  icon?: IconName
  isDangerous?: boolean
  children: ReactNode
}

interface ConfirmProps extends QuestionProps {
  title: string
  isOpen: boolean
}

export function Confirm({ title, isOpen, ...question }: ConfirmProps) {
  return (
    <Dialog title={title} role="alertdialog" isOpen={isOpen} onClose={question.onClose}>
      <Question {...question} />
    </Dialog>
  )
}

function Question({ submit, cancel, done, act, onClose, icon, isDangerous = false, children }: QuestionProps) {
  const { problem, run, running } = useAct()
  return (
    <>
      {children}
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{cancel}</Button>
        <Button
          variant={isDangerous ? "danger" : "primary"}
          {...(icon && { icon })}
          isPending={running}
          onPress={() => {
            run(async () => {
              await act()
              onClose()
              toast(done)
            })
          }}
        >
          {submit}
        </Button>
      </div>
    </>
  )
}
