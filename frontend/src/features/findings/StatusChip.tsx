/** What an officer made of a finding, as a chip. */
import { useTranslation } from "react-i18next"
import type { FindingStatus } from "../../core/index.ts"
import { Chip, type ChipTone } from "../../ui/Chip.tsx"
import type { IconName } from "../../ui/Icon.tsx"

const looks: Record<FindingStatus, { tone: ChipTone; icon: IconName }> = {
  open: { tone: "vigilance", icon: "eye" },
  explained: { tone: "sure", icon: "check" },
  confirmed: { tone: "urgent", icon: "triangle" },
  dismissed: { tone: "neutral", icon: "cross" },
}

export function StatusChip({ status }: { status: FindingStatus }) {
  const { t } = useTranslation("findings")
  return <Chip {...looks[status]}>{t(`status.${status}`)}</Chip>
}
