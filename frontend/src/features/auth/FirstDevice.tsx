/** The first device of a person: the identity is made here, and the recovery code is shown this once. */
import { useTranslation } from "react-i18next"
import type { Me, RecoveryCode } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { RopeStep, RopeSteps } from "../../ui/Rope.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { KeepCode } from "./KeepCode.tsx"
import { Problem } from "./Problem.tsx"

/** `code` is null until the keys are made. */
export function FirstDevice({ me, code }: { me: Me; code: RecoveryCode | null }) {
  const { t } = useTranslation("auth")
  return (
    <GatePanes headline={t("device.headline")} explanation={t("device.explanation")} wide>
      <GateTitle>{code === null ? t("firstDevice.title") : t("firstDevice.keepTitle")}</GateTitle>
      <RopeSteps>
        <RopeStep state="done" number={1} title={t("steps.signIn")} stateWord={t("steps.done")}>
          <p>{fullName(me)}</p>
        </RopeStep>
        <RopeStep
          state={code === null ? "now" : "done"}
          number={2}
          title={t("steps.identity")}
          stateWord={code === null ? t("steps.now") : t("steps.done")}
        >
          <p>{t("steps.identityNote")}</p>
          {code === null && <MakeKeys />}
        </RopeStep>
        <RopeStep
          state={code === null ? "next" : "now"}
          number={3}
          title={t("steps.code")}
          {...(code && { stateWord: t("steps.now") })}
        >
          <p>{t("steps.codeNote")}</p>
          {code !== null && <KeepCode code={code} />}
        </RopeStep>
        <RopeStep state="next" number={4} title={t("steps.circles")}>
          <p>{t("steps.circlesNote")}</p>
        </RopeStep>
      </RopeSteps>
    </GatePanes>
  )
}

function MakeKeys() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  return (
    <>
      <Problem words={act.problem} />
      <Button
        large
        variant="primary"
        icon="key"
        isPending={act.running}
        onPress={() => {
          act.run(() => cordee.makeKeys())
        }}
      >
        {act.running ? t("firstDevice.making") : t("firstDevice.make")}
      </Button>
    </>
  )
}
