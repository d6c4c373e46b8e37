/**
 * A recovery code, shown this once. One group, chosen by chance, is asked back: someone who has not kept the code does
 * not go on.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { RecoveryCode } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useCordee } from "../cordee.ts"
import { codeCharacters } from "./recoveryCode.ts"

export function KeepCode({ code }: { code: RecoveryCode }) {
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
