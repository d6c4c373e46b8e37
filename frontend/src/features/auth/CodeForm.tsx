/** One code of the authenticator application (or a spare code), typed and sent. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { useAct } from "../act.ts"

export function CodeForm({ submit }: { submit: (code: string) => Promise<void> }) {
  const { t } = useTranslation("auth")
  const act = useAct()
  const [code, setCode] = useState("")
  const [tried, setTried] = useState(false)
  const plain = code.replace(/\s/g, "")
  const missing = tried && plain === ""
  return (
    <Form
      className="code-digits"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (plain !== "") act.run(() => submit(plain))
      }}
    >
      <Field
        label={t("secondFactor.code")}
        autoFocus
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        value={code}
        onChange={(value) => {
          setCode(value)
          act.forget()
        }}
        error={missing ? t("secondFactor.missing") : (act.problem ?? undefined)}
      />
      <Button large type="submit" variant="primary" isPending={act.running}>
        {act.running ? t("secondFactor.running") : t("secondFactor.confirm")}
      </Button>
    </Form>
  )
}
