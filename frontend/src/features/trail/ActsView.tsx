/** What a search found: asking, failed, nothing, or the acts along the rope. */
import { useTranslation } from "react-i18next"
import type { EventId } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { Timeline } from "./Timeline.tsx"
import type { Found } from "./useTrail.ts"

interface ActsViewProps {
  found: Found
  chosen: EventId | null
  onChoose: (event: EventId) => void
  nameOf: (organisation: string) => string | null
}

export function ActsView({ chosen, found, nameOf, onChoose }: ActsViewProps) {
  const { t } = useTranslation("trail")
  const words = useErrorWords()
  if (found.error !== null) {
    return (
      <Notice role="alert" action={<Button onPress={found.again}>{t("search.again")}</Button>}>
        {t("timeline.problem")} {words(found.error)}
      </Notice>
    )
  }
  if (found.events === null) return <p role="status">{t("timeline.asking")}</p>
  if (found.events.length === 0) {
    return (
      <div className="journal-none" role="status">
        <p>
          <b>{t("timeline.none")}</b>
        </p>
        <p className="soft small">{t("timeline.noneHow")}</p>
      </div>
    )
  }
  return (
    <Timeline
      label={t("timeline.label")}
      events={found.events}
      chosen={chosen}
      onChoose={(event) => {
        onChoose(event.id)
      }}
      nameOf={nameOf}
      hasMore={found.hasMore}
      onMore={found.more}
    />
  )
}
