/** Signing in: a passkey, or address and password. Which of the two was wrong is never said. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { Button } from "../../ui/Button.tsx"
import { Field, PasswordField } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"

export function SignIn({ ended }: { ended: boolean }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const [tried, setTried] = useState(false)
  const missing = { email: tried && email.trim() === "", password: tried && password === "" }

  const signIn = () => {
    setTried(true)
    if (email.trim() === "" || password === "") return
    act.run(() => cordee.signInWithPassword(email.trim(), password))
  }

  return (
    <GatePanes headline={t("signIn.headline")} explanation={t("signIn.explanation")}>
      <GateTitle>{t("signIn.title")}</GateTitle>
      {ended && act.problem === null && (
        <Notice tone="neutral" icon="clock" role="status">
          {t("signIn.ended")}
        </Notice>
      )}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <Button
        large
        icon="key"
        isDisabled={act.running}
        onPress={() => {
          act.run(() => cordee.signInWithPasskey())
        }}
      >
        {t("signIn.passkey")}
      </Button>
      <p className="or">{t("signIn.or")}</p>
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          signIn()
          focusFirstMistake(event.currentTarget)
        }}
      >
        <Field
          label={t("signIn.email")}
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={setEmail}
          error={missing.email ? t("signIn.emailMissing") : undefined}
        />
        <PasswordField
          label={t("signIn.password")}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          error={missing.password ? t("signIn.passwordMissing") : undefined}
          labels={{ show: t("signIn.showPassword"), hide: t("signIn.hidePassword") }}
        />
        <Button large type="submit" variant="primary" isPending={act.running}>
          {act.running ? t("signIn.running") : t("signIn.continue")}
        </Button>
      </Form>
      <p className="mini faint">{t("signIn.note")}</p>
    </GatePanes>
  )
}
