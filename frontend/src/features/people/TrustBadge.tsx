/** Who stands behind a person's key: said in every list, so that nobody is taken for verified who is not. */
import { useTranslation } from "react-i18next"
import type { Person } from "../../core/index.ts"
import { Chip } from "../../ui/Chip.tsx"

export function TrustBadge({ trust }: Pick<Person, "trust">) {
  const { t } = useTranslation("people")
  if (trust === "not_verified") {
    return (
      <Chip tone="vigilance" icon="shield">
        {t("trust.not_verified")}
      </Chip>
    )
  }
  return (
    <Chip tone="sure" icon="check">
      {t(`trust.${trust}`)}
    </Chip>
  )
}
