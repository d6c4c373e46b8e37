/** Opening a compartment or a team: its name, and in a sentence what one signs. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate } from "react-router"
import type { CircleId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { paths } from "../shell/paths.ts"

/** As the server has it. */
const LONGEST_NAME = 80

interface NameCircleDialogProps {
  form: "compartment" | "team"
  /** Of what: "de Jeanne AUBERTIN", "CPTS de l’Aubrac". */
  of: string
  open: (name: string) => Promise<CircleId>
  isOpen: boolean
  onClose: () => void
}

export function NameCircleDialog({ isOpen, ...naming }: NameCircleDialogProps) {
  const { t } = useTranslation("kinds")
  return (
    <Dialog title={t(`open.${naming.form}.title`)} isOpen={isOpen} onClose={naming.onClose}>
      <NameForm {...naming} />
    </Dialog>
  )
}

function NameForm({ form, of, open, onClose }: Omit<NameCircleDialogProps, "isOpen">) {
  const { t } = useTranslation("kinds")
  const navigate = useNavigate()
  const act = useAct()
  const [name, setName] = useState("")
  const [tried, setTried] = useState(false)
  const isMissing = name.trim() === ""

  const submit = () => {
    setTried(true)
    if (isMissing) return
    act.run(async () => {
      const id = await open(name.trim())
      onClose()
      toast(t(`open.${form}.opened`))
      await navigate(paths.circle(id))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{t(`open.${form}.consequence`, { of })}</p>
      <Field
        label={t(`open.${form}.name`)}
        help={t(`open.${form}.help`)}
        value={name}
        onChange={setName}
        maxLength={LONGEST_NAME}
        error={tried && isMissing ? t("open.nameMissing") : undefined}
      />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("open.cancel")}</Button>
        <Button type="submit" variant="primary" icon="key" isPending={act.running}>
          {act.running ? t("open.running") : t("open.submit")}
        </Button>
      </div>
    </Form>
  )
}
