/** The recovery code, typed or pasted; a slip of the pen is told with its group. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { RecoveryCodeRefused } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { codeGroups, isWhole } from "./recoveryCode.ts"
import { RecoveryCodeField } from "./RecoveryCodeField.tsx"

/** `isFirst` when there is no better way to open the vault. */
export function UnlockByCode({ isFirst }: { isFirst: boolean }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
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
        autoFocus={isFirst}
        error={problem}
        wrongGroup={unfinished ? groupToFinish - 1 : slip}
      />
      <Button large type="submit" variant={isFirst ? "primary" : "plain"} icon="key" isPending={act.running}>
        {act.running ? t("unlock.running") : t("unlock.open")}
      </Button>
    </Form>
  )
}
