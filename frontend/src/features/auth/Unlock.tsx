/** A further device of someone who has a vault: the recovery code or a passkey opens it, or nothing does any more. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Me } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { RopeStep, RopeSteps } from "../../ui/Rope.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { Problem } from "./Problem.tsx"
import { ResetIdentity } from "./ResetIdentity.tsx"
import { useSignOut } from "./signOut.ts"
import { UnlockByCode } from "./UnlockByCode.tsx"

interface UnlockProps {
  me: Me
  /** How many passkeys open the vault. */
  passkeys: number
}

export function Unlock({ me, passkeys }: UnlockProps) {
  const { t } = useTranslation("auth")
  const signOut = useSignOut()
  const [lost, setLost] = useState(false)
  if (lost) {
    return (
      <ResetIdentity
        onBack={() => {
          setLost(false)
        }}
      />
    )
  }
  return (
    <GatePanes headline={t("device.headline")} explanation={t("device.explanation")} wide>
      <GateTitle>{t("unlock.title")}</GateTitle>
      <RopeSteps>
        <RopeStep state="done" number={1} title={t("steps.signIn")} stateWord={t("steps.done")}>
          <p>{fullName(me)}</p>
        </RopeStep>
        <RopeStep state="now" number={2} title={t("steps.vault")} stateWord={t("steps.now")}>
          <p>{passkeys === 0 ? t("unlock.explanation") : t("unlock.choice")}</p>
          {passkeys > 0 && <UnlockByPasskey />}
          <UnlockByCode isFirst={passkeys === 0} />
        </RopeStep>
        <RopeStep state="next" number={3} title={t("steps.device")}>
          <p>{t("steps.deviceNote")}</p>
        </RopeStep>
        <RopeStep state="next" number={4} title={t("steps.circles")}>
          <p>{t("steps.circlesNote")}</p>
        </RopeStep>
      </RopeSteps>
      <Button
        onPress={() => {
          setLost(true)
        }}
      >
        {t("unlock.lost")}
      </Button>
      <Button variant="quiet" onPress={signOut}>
        {t("unlock.other")}
      </Button>
    </GatePanes>
  )
}

function UnlockByPasskey() {
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
          act.run(() => cordee.unlockWithPasskey())
        }}
      >
        {act.running ? t("unlock.running") : t("unlock.passkey")}
      </Button>
      <p className="or">{t("signIn.or")}</p>
    </>
  )
}
