/**
 * The journal of an organisation: what happened in its circles and by its people, as codes; searched, followed, verified.
 * What is asked, and the act that is looked at, stand in the address: to go back to, and to be pointed at from elsewhere.
 */
import "./journal.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Link, useSearchParams } from "react-router"
import type { EventId, TrailFacets, TrailRow } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Drawer } from "../../ui/Dialog.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { ActsView } from "./ActsView.tsx"
import { DayPlot } from "./DayPlot.tsx"
import { EventDetail } from "./EventDetail.tsx"
import { Facets } from "./Facets.tsx"
import { later, OFFICERS_GROUPS, readAsked, writeAsked, type Asked } from "./filters.ts"
import { Resolutions } from "./Resolutions.tsx"
import { ResolveAll } from "./Resolve.tsx"
import { RightsView } from "./RightsView.tsx"
import { SearchBar } from "./SearchBar.tsx"
import { DeskHeader } from "./TrailLayout.tsx"
import { useChosen, useFacets, useFound } from "./useTrail.ts"
import { viewIn, Views } from "./Views.tsx"

/** As in journal.css: below, facets and detail open as drawers. */
const WIDE = "(min-width: 1181px)"
const WITH_FACETS = "(min-width: 961px)"

export function JournalPage() {
  const { t } = useTranslation("trail")
  useTitle(t("title"))
  const [query, setQuery] = useSearchParams()
  const view = viewIn(query)
  const read = readAsked(query, useToday())
  const asked = view === "officers" ? { ...read, groups: OFFICERS_GROUPS } : read
  const found = useFound(asked)
  const facets = useFacets(asked)
  const chosen = useChosen(query.get("event"), found.events)
  const change = (changed: Partial<Asked>, and: Readonly<Record<string, string>> = {}) => {
    const next = writeAsked({ ...read, ...changed })
    for (const [key, value] of Object.entries({ view, ...and })) next.set(key, value)
    setQuery(next)
  }
  const choose = (event: EventId | null) => {
    const next = new URLSearchParams(query)
    if (event === null) next.delete("event")
    else next.set("event", event)
    setQuery(next, { replace: true })
  }
  const nameOf = (id: string) => facets?.organisations.find((each) => each.id === id)?.name ?? null
  return (
    <div className="desk">
      <DeskHeader
        title={t("title")}
        action={
          <Link className="button" to={{ pathname: paths.exports, search: String(writeAsked(asked)) }}>
            <Icon name="export" small />
            {t("export")}
          </Link>
        }
      >
        <SearchBar asked={asked} found={found} onChange={change} />
      </DeskHeader>
      <div className={view === "timeline" ? "journal" : "journal journal-plain"}>
        {view === "timeline" && <Criteria facets={facets} asked={asked} onChange={change} />}
        <main className="journal-main" data-region>
          <div className="journal-top">
            {facets && view !== "rights" && (
              <DayPlot
                facets={facets}
                asked={asked}
                onChoose={(day) => {
                  change(day !== null && facets.per === "week" ? { from: day, to: later(day, 6), day: null } : { day })
                }}
              />
            )}
          </div>
          <div className="journal-tools">
            <Views
              view={view}
              onChange={(next) => {
                change({}, { view: next })
              }}
            />
            {view !== "rights" && found.events !== null && <ResolveAll events={found.events} hasMore={found.hasMore} />}
            {view === "officers" && <p className="soft small">{t("officers.note")}</p>}
            {view === "officers" && <Resolutions />}
          </div>
          {view === "rights" ? (
            <RightsView asked={asked} onChoose={choose} />
          ) : (
            <ActsView found={found} chosen={chosen?.id ?? null} onChoose={choose} nameOf={nameOf} />
          )}
        </main>
        <Detail
          event={chosen}
          organisation={chosen?.org == null ? null : nameOf(chosen.org)}
          onClose={() => {
            choose(null)
          }}
          onFollow={(key, value) => {
            change(
              { followed: { [key]: value }, codes: [], groups: [], out: null, orgs: [], day: null },
              { view: "timeline" },
            )
          }}
        />
      </div>
    </div>
  )
}

interface CriteriaProps {
  facets: TrailFacets | null
  asked: Asked
  onChange: (changed: Partial<Asked>) => void
}

/** Beside the acts where there is room, else behind a button. */
function Criteria({ facets, ...rest }: CriteriaProps) {
  const { t } = useTranslation("trail")
  const [isOpen, setOpen] = useState(false)
  const hasRoom = useMedia(WITH_FACETS)
  const criteria = facets && <Facets facets={facets} {...rest} />
  if (hasRoom) {
    return (
      <aside className="journal-facets" aria-label={t("facets.title")} data-region>
        {criteria}
      </aside>
    )
  }
  return (
    <div className="journal-criteria">
      {criteria && (
        <Button
          onPress={() => {
            setOpen(true)
          }}
        >
          {t("facets.open")}
        </Button>
      )}
      <Drawer
        label={t("facets.title")}
        side="start"
        isOpen={isOpen}
        onClose={() => {
          setOpen(false)
        }}
      >
        <div className="journal-facets">{criteria}</div>
      </Drawer>
    </div>
  )
}

interface DetailProps {
  event: TrailRow | null
  organisation: string | null
  onFollow: Parameters<typeof EventDetail>[0]["onFollow"]
  onClose: () => void
}

function Detail({ event, onClose, ...rest }: DetailProps) {
  const { t } = useTranslation("trail")
  const isWide = useMedia(WIDE)
  const detail = event && <EventDetail event={event} {...rest} />
  if (isWide) {
    return (
      <aside className="journal-detail" aria-label={t("detail.title")} data-region>
        {detail ?? <p className="soft small">{t("detail.none")}</p>}
      </aside>
    )
  }
  return (
    <Drawer label={t("detail.title")} side="end" isOpen={event !== null} onClose={onClose}>
      <div className="journal-drawer">{detail}</div>
    </Drawer>
  )
}
