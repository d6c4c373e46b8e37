/** Opening the account that a letter's link is for: an address to sign in with, a password; the second factor follows. */
import "./letter.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate } from "react-router"
import type { Welcome } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Field, PasswordField } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { GateTitle } from "../auth/GateTitle.tsx"
import { Confirm } from "../Confirm.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"

/** As the server asks for it. */
const SHORTEST_PASSWORD = 12

interface ClaimFormProps {
  token: string
  welcome: Welcome
  onRefused: () => void
}

export function ClaimForm({ token, welcome, onRefused }: ClaimFormProps) {
  const { t } = useTranslation(["invitations", "auth"])
  const cordee = useCordee()
  const navigate = useNavigate()
  const dates = useDates()
  const act = useAct()
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const [tried, setTried] = useState(false)
  const [asking, setAsking] = useState(false)
  const { expires, inviter, not_after, profession, organisation, role } = welcome
  const name = fullName(welcome)
  const mistakes = { email: !email.includes("@"), password: password.length < SHORTEST_PASSWORD }

  const claim = () => {
    setTried(true)
    if (mistakes.email || mistakes.password) return
    act.run(async () => {
      await cordee.claim(token, email.trim(), password)
      await navigate(paths.circles, { replace: true })
    })
  }

  return (
    <>
      <GateTitle>{t("welcome.title", { name })}</GateTitle>
      <p>
        <b>{inviter.name}</b> ({inviter.profession.label}
        {inviter.organisation && `, ${inviter.organisation.name}`}) {t("welcome.invites")}
      </p>
      <dl className="facts">
        <dt>{t("welcome.as")}</dt>
        <dd>
          {name}, {profession.label}
          {organisation && `, ${organisation.name}`}
        </dd>
        <dt>{t("welcome.role")}</dt>
        <dd>{t(`welcome.roles.${role}`)}</dd>
        <dt>{t("welcome.until")}</dt>
        <dd>{not_after === null ? t("welcome.noEnd") : dates.long(not_after)}</dd>
        <dt>{t("welcome.linkUntil")}</dt>
        <dd>{t("welcome.dateAndHour", { date: dates.long(expires), hour: dates.hour(expires) })}</dd>
      </dl>
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <Form
        onSubmit={(event) => {
          event.preventDefault()
          claim()
          focusFirstMistake(event.currentTarget)
        }}
      >
        <Field
          label={t("welcome.email")}
          help={t("welcome.emailHelp")}
          type="email"
          name="email"
          autoComplete="username"
          value={email}
          onChange={setEmail}
          error={tried && mistakes.email ? t("welcome.emailMissing") : undefined}
        />
        <PasswordField
          label={t("welcome.password")}
          help={t("welcome.passwordHelp")}
          name="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          error={tried && mistakes.password ? t("welcome.passwordMissing") : undefined}
          labels={{ show: t("auth:signIn.showPassword"), hide: t("auth:signIn.hidePassword") }}
        />
        <Button large type="submit" variant="primary" isPending={act.running}>
          {act.running ? t("welcome.running") : t("welcome.submit")}
        </Button>
      </Form>
      <p className="small soft">{t("welcome.next")}</p>
      <Button
        variant="quiet"
        onPress={() => {
          setAsking(true)
        }}
      >
        {t("welcome.notMe", { name })}
      </Button>
      <Confirm
        title={t("welcome.notMeTitle")}
        isOpen={asking}
        submit={t("welcome.notMeSubmit")}
        cancel={t("decline.back")}
        done={t("welcome.refusedTitle")}
        act={async () => {
          await cordee.refuseWelcome(token)
          onRefused()
        }}
        onClose={() => {
          setAsking(false)
        }}
        isDangerous
      >
        <p>{t("welcome.notMeWhy", { name })}</p>
      </Confirm>
    </>
  )
}
