/** A further device of someone who has a vault: the recovery code opens it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { RecoveryCodeRefused, type Me } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { RopeStep, RopeSteps } from "../../ui/Rope.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { codeGroups, isWhole } from "./recoveryCode.ts"
import { RecoveryCodeField } from "./RecoveryCodeField.tsx"
import { useSignOut } from "./signOut.ts"

export function Unlock({ me }: { me: Me }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const signOut = useSignOut()
  const act = useAct()
  const [slip, setSlip] = useState<number | null>(null)
  const [characters, setCharacters] = useState("")
  const [tried, setTried] = useState(false)
  const unfinished = tried && !isWhole(characters)
  const groupToFinish = codeGroups(characters).findIndex((group) => group.length < 4) + 1
  const problem = unfinished
    ? t("unlock.unfinished", { group: groupToFinish })
    : slip !== null
      ? t("unlock.slip", { group: slip + 1 })
      : (act.problem ?? undefined)

  const unlock = async () => {
    try {
      await cordee.unlock(characters)
    } catch (error) {
      if (error instanceof RecoveryCodeRefused) setSlip(error.group)
      throw error
    }
  }

  return (
    <GatePanes headline={t("device.headline")} explanation={t("device.explanation")} wide>
      <GateTitle>{t("unlock.title")}</GateTitle>
      <RopeSteps>
        <RopeStep state="done" number={1} title={t("steps.signIn")} stateWord={t("steps.done")}>
          <p>{fullName(me)}</p>
        </RopeStep>
        <RopeStep state="now" number={2} title={t("steps.vault")} stateWord={t("steps.now")}>
          <p>{t("unlock.explanation")}</p>
          <Form
            onSubmit={(event) => {
              event.preventDefault()
              setTried(true)
              if (isWhole(characters)) act.run(unlock)
            }}
          >
            <RecoveryCodeField
              value={characters}
              onChange={(typed) => {
                setCharacters(typed)
                setSlip(null)
                act.forget()
              }}
              error={problem}
              wrongGroup={unfinished ? groupToFinish - 1 : slip}
            />
            <Button large type="submit" variant="primary" icon="key" isPending={act.running}>
              {act.running ? t("unlock.running") : t("unlock.open")}
            </Button>
          </Form>
        </RopeStep>
        <RopeStep state="next" number={3} title={t("steps.device")}>
          <p>{t("steps.deviceNote")}</p>
        </RopeStep>
        <RopeStep state="next" number={4} title={t("steps.circles")}>
          <p>{t("steps.circlesNote")}</p>
        </RopeStep>
      </RopeSteps>
      <Button variant="quiet" onPress={signOut}>
        {t("unlock.other")}
      </Button>
    </GatePanes>
  )
}
