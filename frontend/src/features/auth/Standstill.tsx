/** The screens on which one waits, or goes on by one press: what happened, what is safe, what to do. */
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { Mark } from "../../ui/Icon.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { Problem } from "./Problem.tsx"

export function Starting() {
  const { t } = useTranslation("auth")
  return (
    <main className="gate-starting">
      <h1 className="unseen">{t("starting")}</h1>
      <Mark size={72} />
    </main>
  )
}

function Standstill({ title, lines, children }: { title: string; lines: readonly string[]; children?: ReactNode }) {
  const { t } = useTranslation("auth")
  return (
    <GatePanes headline={t("signIn.headline")} explanation={t("signIn.explanation")}>
      <GateTitle>{title}</GateTitle>
      <div className="gate-lines">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
      {children}
    </GatePanes>
  )
}

export function TooOld({ missing }: { missing: readonly string[] }) {
  const { t } = useTranslation("auth")
  return (
    <Standstill title={t("tooOld.title")} lines={[t("tooOld.what"), t("tooOld.todo")]}>
      <p className="mini faint">{t("tooOld.missing", { list: missing.join(", ") })}</p>
    </Standstill>
  )
}

export function Unreachable() {
  const { t } = useTranslation("auth")
  return <Standstill title={t("unreachable.title")} lines={[t("unreachable.what"), t("unreachable.todo")]} />
}

export function Elsewhere() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  return (
    <Standstill title={t("elsewhere.title")} lines={[t("elsewhere.what"), t("elsewhere.safe")]}>
      <Problem words={act.problem} />
      <Button
        large
        variant="primary"
        isPending={act.running}
        onPress={() => {
          act.run(() => cordee.takeOver())
        }}
      >
        {t("elsewhere.here")}
      </Button>
    </Standstill>
  )
}

/** The last screen: the interface itself has failed. */
export function Crashed() {
  const { t } = useTranslation("auth")
  return (
    <Standstill title={t("crash.title")} lines={[t("crash.what"), t("crash.todo")]}>
      <Button
        large
        variant="primary"
        onPress={() => {
          location.reload()
        }}
      >
        {t("crash.reload")}
      </Button>
    </Standstill>
  )
}
