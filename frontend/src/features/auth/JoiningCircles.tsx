/** After a device was added: it joins its circles one by one, and the person sees how far it is. */
import { useEffect } from "react"
import { useTranslation } from "react-i18next"
import type { Me } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Seal, RopeStep, RopeSteps } from "../../ui/Rope.tsx"
import { useCordee, useObserved } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"

/** Long enough to see that it is done. */
const REST_MS = 700

export function JoiningCircles({ me, onDone }: { me: Me; onDone: () => void }) {
  const { t } = useTranslation("auth")
  const circles = useObserved(useCordee().circles)
  const joined = circles?.filter((circle) => circle.composer !== "joining").length ?? 0
  const done = circles !== null && joined === circles.length

  useEffect(() => {
    if (!done) return
    const timer = setTimeout(onDone, REST_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [done, onDone])

  return (
    <GatePanes headline={t("device.headline")} explanation={t("device.explanation")} wide>
      <GateTitle>{t("joining.title")}</GateTitle>
      <RopeSteps>
        <RopeStep state="done" number={1} title={t("steps.signIn")} stateWord={t("steps.done")}>
          <p>{fullName(me)}</p>
        </RopeStep>
        <RopeStep state="done" number={2} title={t("steps.vault")} stateWord={t("steps.done")} />
        <RopeStep state="done" number={3} title={t("steps.device")} stateWord={t("steps.done")} />
        <RopeStep
          state={done ? "done" : "now"}
          number={4}
          title={circles === null ? t("steps.circles") : t("joining.count", { count: circles.length })}
          stateWord={done ? t("steps.done") : t("steps.now")}
        >
          <p role="status">
            {circles === null ? t("joining.asking") : t("joining.progress", { joined, count: circles.length })}
          </p>
          <div className="joining-seals">
            {circles?.map(({ row, composer }) => (
              <span
                key={row.id}
                className={composer === "joining" ? "joining-seal joining-seal-waiting" : "joining-seal"}
              >
                <Seal rope={row} initials={row.initials} />
              </span>
            ))}
          </div>
        </RopeStep>
      </RopeSteps>
      <Button variant="quiet" onPress={onDone}>
        {t("joining.skip")}
      </Button>
    </GatePanes>
  )
}
