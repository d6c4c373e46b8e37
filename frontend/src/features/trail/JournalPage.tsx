/**
 * The journal of an organisation: what happened in its circles and by its people, as codes; searched, followed, verified.
 * What is asked stands in the address, so that it can be gone back to and pointed at.
 */
import "./journal.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useSearchParams } from "react-router"
import type { TrailRow } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Drawer } from "../../ui/Dialog.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { useTitle } from "../shell/title.ts"
import { DayPlot } from "./DayPlot.tsx"
import { EventDetail } from "./EventDetail.tsx"
import { Facets } from "./Facets.tsx"
import { later, readAsked, writeAsked, type Asked } from "./filters.ts"
import { SearchBar } from "./SearchBar.tsx"
import { Timeline } from "./Timeline.tsx"
import { DeskHeader } from "./TrailLayout.tsx"
import { useFacets, useFound, type Found } from "./useTrail.ts"

/** As in journal.css: below, facets and detail open as drawers. */
const WIDE = "(min-width: 1181px)"
const WITH_FACETS = "(min-width: 961px)"

export function JournalPage() {
  const { t } = useTranslation("trail")
  useTitle(t("title"))
  const [query, setQuery] = useSearchParams()
  const today = useToday()
  const asked = readAsked(query, today)
  const found = useFound(asked)
  const facets = useFacets(asked)
  const [chosen, setChosen] = useState<TrailRow | null>(null)
  const [isChoosing, setChoosing] = useState(false)
  const isWide = useMedia(WIDE)
  const hasFacets = useMedia(WITH_FACETS)
  const change = (changed: Partial<Asked>) => {
    setQuery(writeAsked({ ...asked, ...changed }))
  }
  const nameOf = (id: string) => facets?.organisations.find((each) => each.id === id)?.name ?? null
  const criteria = facets && <Facets facets={facets} asked={asked} onChange={change} />
  const detail = chosen && (
    <EventDetail
      event={chosen}
      organisation={chosen.org === null ? null : nameOf(chosen.org)}
      onFollow={(key, value) => {
        setChosen(null)
        change({ followed: { [key]: value }, codes: [], groups: [], out: null, orgs: [], day: null })
      }}
    />
  )
  return (
    <div className="desk">
      <DeskHeader title={t("title")}>
        <SearchBar asked={asked} found={found} onChange={change} />
      </DeskHeader>
      <div className="journal">
        {hasFacets && (
          <aside className="journal-facets" aria-label={t("facets.title")} data-region>
            {criteria}
          </aside>
        )}
        <main className="journal-main" data-region>
          {facets && hasFacets ? (
            <DayPlot
              facets={facets}
              asked={asked}
              onChoose={(day) => {
                change(day !== null && facets.per === "week" ? { from: day, to: later(day, 6), day: null } : { day })
              }}
            />
          ) : (
            <div />
          )}
          <div className="journal-tools">
            {!hasFacets && (
              <Button
                onPress={() => {
                  setChoosing(true)
                }}
              >
                {t("facets.open")}
              </Button>
            )}
          </div>
          <Acts found={found} chosen={chosen} onChoose={setChosen} nameOf={nameOf} />
        </main>
        {isWide && (
          <aside className="journal-detail" aria-label={t("detail.title")} data-region>
            {detail ?? <p className="soft small">{t("detail.none")}</p>}
          </aside>
        )}
      </div>
      <Drawer
        label={t("facets.title")}
        side="start"
        isOpen={isChoosing && !hasFacets}
        onClose={() => {
          setChoosing(false)
        }}
      >
        <div className="journal-facets">{criteria}</div>
      </Drawer>
      <Drawer
        label={t("detail.title")}
        side="end"
        isOpen={chosen !== null && !isWide}
        onClose={() => {
          setChosen(null)
        }}
      >
        {detail}
      </Drawer>
    </div>
  )
}

interface ActsProps {
  found: Found
  chosen: TrailRow | null
  onChoose: (event: TrailRow) => void
  nameOf: (organisation: string) => string | null
}

function Acts({ chosen, found, nameOf, onChoose }: ActsProps) {
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
      chosen={chosen?.id ?? null}
      onChoose={onChoose}
      nameOf={nameOf}
      hasMore={found.hasMore}
      onMore={found.more}
    />
  )
}
