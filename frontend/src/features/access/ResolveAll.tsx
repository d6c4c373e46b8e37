/** Who they are: asked for all at once. A certificate that is made afterwards has their names. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { EntitledPerson } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { useDesk } from "../trail/desk.ts"
import { ResolveDialog } from "../trail/Resolve.tsx"

export function ResolveAll({ people }: { people: readonly EntitledPerson[] }) {
  const { t } = useTranslation("access")
  const { told } = useDesk()
  const [isAsking, setAsking] = useState(false)
  const unknown = people.filter(({ name, pseudonym }) => name === null && !told.has(pseudonym))
  if (unknown.length === 0) return null
  return (
    <>
      <Button
        icon="eye"
        onPress={() => {
          setAsking(true)
        }}
      >
        {t("resolve", { count: unknown.length })}
      </Button>
      <ResolveDialog
        pseudonyms={unknown.map(({ pseudonym }) => pseudonym)}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
        }}
      />
    </>
  )
}
