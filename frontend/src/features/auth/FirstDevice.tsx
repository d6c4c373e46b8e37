/** The first device of a person: the identity is made here, and the recovery code is shown this once. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Me, RecoveryCode } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { RopeStep, RopeSteps } from "../../ui/Rope.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { codeCharacters } from "./recoveryCode.ts"

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
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
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

/** One group, chosen by chance, is asked back: someone who has not kept the code does not go on. */
function KeepCode({ code }: { code: RecoveryCode }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const [asked] = useState(() => Math.floor(Math.random() * code.length))
  const [typed, setTyped] = useState("")
  const [tried, setTried] = useState(false)
  const right = codeCharacters(typed) === code[asked]
  return (
    <>
      <div className="box recovery-shown">
        <p className="box-head">
          {t("recovery.label")}
          <span className="mini faint">{t("recovery.shape")}</span>
        </p>
        <ol className="recovery-groups" aria-label={t("recovery.label")}>
          {code.map((group, index) => (
            <li key={index} className="recovery-group">
              {group}
            </li>
          ))}
        </ol>
        <div className="line">
          <Button
            onPress={() => {
              void navigator.clipboard.writeText(code.join("-")).then(() => {
                toast(t("firstDevice.copied"))
              })
            }}
          >
            {t("firstDevice.copy")}
          </Button>
          <Button
            onPress={() => {
              print()
            }}
          >
            {t("firstDevice.print")}
          </Button>
        </div>
      </div>
      <Notice>{t("firstDevice.onlyOnce")}</Notice>
      <Form
        className="keep-code"
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (right) cordee.recoveryCodeKept()
        }}
      >
        <Field
          label={t("firstDevice.ask", { group: asked + 1 })}
          code
          autoComplete="off"
          value={typed}
          onChange={(value) => {
            setTyped(value)
            setTried(false)
          }}
          error={tried && !right ? t("firstDevice.askWrong", { group: asked + 1 }) : undefined}
        />
        <Button large type="submit" variant="primary">
          {t("firstDevice.kept")}
        </Button>
      </Form>
    </>
  )
}
