/**
 * Where the link of a letter leads, before anybody has signed in: who invites whom, as what, until when, and the account
 * that it opens. Nothing of the patient. The link's secret stands in the fragment, which no server sees, and leaves the
 * address bar at once.
 */
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useLocation, useNavigate } from "react-router"
import type { Welcome } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { GatePanes } from "../auth/GatePanes.tsx"
import { GateTitle } from "../auth/GateTitle.tsx"
import { Starting } from "../auth/Standstill.tsx"
import { useSignOut } from "../auth/signOut.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { ClaimForm } from "./ClaimForm.tsx"

const TOKEN = /^#[0-9a-f]{64}$/

export function WelcomePage() {
  const { t } = useTranslation("invitations")
  const { hash } = useLocation()
  const navigate = useNavigate()
  const phase = useObserved(useCordee().phase)
  const [token] = useState(TOKEN.test(hash) ? hash.slice(1) : null)
  useEffect(() => {
    if (hash !== "") void navigate(paths.welcome, { replace: true })
  }, [hash, navigate])

  if (phase.at === "starting") return <Starting />
  return (
    <GatePanes headline={t("welcome.headline")} explanation={t("welcome.explanation")}>
      {token === null ? (
        <Closed words={t("welcome.incomplete")} />
      ) : (
        <Opened token={token} signedOut={phase.at === "signed_out"} />
      )}
    </GatePanes>
  )
}

function Opened({ token, signedOut }: { token: string; signedOut: boolean }) {
  const { t } = useTranslation("invitations")
  const cordee = useCordee()
  const words = useErrorWords()
  const [answer, setAnswer] = useState<Welcome | { readonly problem: unknown } | null>(null)
  const [refused, setRefused] = useState(false)
  useEffect(() => {
    if (!signedOut) return
    cordee.welcome(token).then(setAnswer, (problem: unknown) => {
      setAnswer({ problem })
    })
  }, [cordee, token, signedOut])

  if (refused) return <Closed title={t("welcome.refusedTitle")} words={t("welcome.refused")} />
  if (!signedOut) return <SomebodyIsIn />
  if (answer === null)
    return (
      <p className="small soft" role="status">
        {t("welcome.asking")}
      </p>
    )
  if ("problem" in answer) return <Closed words={words(answer.problem)} />
  return (
    <ClaimForm
      token={token}
      welcome={answer}
      onRefused={() => {
        setRefused(true)
      }}
    />
  )
}

function Closed({ title, words }: { title?: string; words: string }) {
  const { t } = useTranslation("invitations")
  return (
    <>
      <GateTitle>{title ?? t("welcome.closedTitle")}</GateTitle>
      <p>{words}</p>
      <LinkButton href={paths.circles}>{t("welcome.toSignIn")}</LinkButton>
    </>
  )
}

/** At a shared desk, the link must not open an account beside a colleague's session. */
function SomebodyIsIn() {
  const { t } = useTranslation("invitations")
  const signOut = useSignOut()
  return (
    <>
      <GateTitle>{t("welcome.somebodyTitle")}</GateTitle>
      <Notice icon="people">{t("welcome.somebody")}</Notice>
      <Button icon="leave" onPress={signOut}>
        {t("welcome.signOut")}
      </Button>
    </>
  )
}
