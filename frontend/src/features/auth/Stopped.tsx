/**
 * This device does nothing any more: it was ended, or it has refused what the server says of its own person. In four
 * parts, as every refusal: what happened, what is safe, what no longer works, what to do.
 */
import "../chat/refusal.css"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import type { Refusal } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Evidence } from "../chat/Evidence.tsx"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { useSignOut } from "./signOut.ts"

export function DeviceEnded() {
  const { t } = useTranslation("auth")
  return (
    <Stopped
      title={t("deviceEnded.title")}
      what={t("deviceEnded.what")}
      safe={t("deviceEnded.safe")}
      stopped={t("deviceEnded.stopped")}
      todo={t("deviceEnded.todo")}
    />
  )
}

/** A vault that is older than this device knows, another one, or an identity to which no change of mine leads. */
export function IdentityRefused({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation("auth")
  const which = refusal.code === "vault_rolled_back" ? "rolledBack" : "changed"
  return (
    <Stopped
      title={t("identityRefused.title")}
      what={t(`identityRefused.${which}.what`)}
      safe={t("identityRefused.safe")}
      stopped={t("identityRefused.stopped")}
      todo={t(`identityRefused.${which}.todo`)}
    >
      <Evidence refusal={refusal} />
      <p className="mini soft">{t("identityRefused.emergency")}</p>
    </Stopped>
  )
}

interface StoppedProps {
  title: string
  what: string
  safe: string
  stopped: string
  todo: string
  children?: ReactNode
}

function Stopped({ title, what, safe, stopped, todo, children }: StoppedProps) {
  const { t } = useTranslation()
  const signOut = useSignOut()
  const { t: auth } = useTranslation("auth")
  return (
    <GatePanes headline={auth("signIn.headline")} explanation={auth("signIn.explanation")} wide>
      <GateTitle>{title}</GateTitle>
      <div className="refusal" role="alert">
        <p>
          <b>{what}</b>
        </p>
        <ul>
          <li className="refusal-safe">
            <Icon name="check" small />
            <span>{safe}</span>
          </li>
          <li className="refusal-stopped">
            <Icon name="cross" small />
            <span>{stopped}</span>
          </li>
        </ul>
        <p>{todo}</p>
        {children}
      </div>
      <Button large icon="leave" onPress={signOut}>
        {t("signOut")}
      </Button>
    </GatePanes>
  )
}
