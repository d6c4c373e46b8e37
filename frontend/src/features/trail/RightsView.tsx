/** Who gained or lost which right between two moments, each with the acts that made it. */
import "./rights.css"
import { useQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import type { EventId, RightChange } from "../../core/index.ts"
import trailWords from "../../locales/fr/trail.json"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip, type ChipTone } from "../../ui/Chip.tsx"
import type { IconName } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useCordee } from "../cordee.ts"
import { subjectCode } from "./code.ts"
import { useClock } from "./clock.ts"
import { useDesk } from "./desk.ts"
import { instantsOf, type Asked } from "./filters.ts"
import { Subject } from "./Resolve.tsx"
import { useTrailWords } from "./words.ts"

interface RightsViewProps {
  asked: Asked
  onChoose: (event: EventId) => void
}

export function RightsView({ asked, onChoose }: RightsViewProps) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const { cir, who } = asked.followed
  const wanted = { ...instantsOf(asked), ...(cir !== undefined && { cir }), ...(who !== undefined && { who }) }
  const { data, error } = useQuery({
    queryKey: ["rights", id, wanted],
    queryFn: () => trail.rights(id, wanted),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error !== null) return <Notice role="alert">{words(error)}</Notice>
  const of = cir !== undefined ? "circle" : who !== undefined ? "person" : "organisation"
  return (
    <div className="rights">
      <p className="soft small">{t(`rights.of.${of}`)}</p>
      {data === undefined && <p role="status">{t("timeline.asking")}</p>}
      {data?.length === 0 && <p role="status">{t("rights.none")}</p>}
      {data !== undefined && data.length > 0 && (
        <ul aria-label={t("views.rights")}>
          {data.map((change) => (
            <Change key={change.acts.map((act) => act.id).join()} change={change} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Change({ change, onChoose }: { change: RightChange; onChoose: (event: EventId) => void }) {
  const { t } = useTranslation("trail")
  const { cir, gained, lost, passing, role_after, role_before, who } = change
  const role = (code: string | null) => (code === null ? t("rights.nothing") : nameOf(code, t))
  const hasRoles = role_before !== null || role_after !== null
  return (
    <li className="right">
      <div className="right-who">
        {who === null ? t("rights.unknown") : <Subject kind="Person" pseudonym={who} />}
        <span className="soft small">
          {cir === null ? t("rights.inOrganisation") : t("beside.circle", { code: subjectCode("Circle", cir) })}
          {hasRoles && `, ${t("rights.roles", { before: role(role_before), after: role(role_after) })}`}
        </span>
      </div>
      <div className="right-chips">
        <Rights names={gained} icon="plus" tone="sure" words="gained" />
        <Rights names={lost} icon="cross" tone="vigilance" words="lost" />
        <Rights names={passing} icon="clock" tone="neutral" words="passing" />
      </div>
      <Acts change={change} onChoose={onChoose} />
    </li>
  )
}

interface RightsProps {
  names: readonly string[]
  icon: IconName
  tone: ChipTone
  words: "gained" | "lost" | "passing"
}

function Rights({ icon, names, tone, words }: RightsProps) {
  const { t } = useTranslation("trail")
  return names.map((name) => (
    <Chip key={name} icon={icon} tone={tone}>
      {t(`rights.${words}`, { right: nameOf(name, t) })}
    </Chip>
  ))
}

function Acts({ change, onChoose }: { change: RightChange; onChoose: (event: EventId) => void }) {
  const dates = useDates()
  const clock = useClock()
  const words = useTrailWords()
  return (
    <ul className="right-acts">
      {change.acts.map(({ act, id, t: at }) => (
        <li key={id}>
          <Button
            variant="quiet"
            onPress={() => {
              onChoose(id)
            }}
          >
            {dates.numeric(at)} {clock.time(at)}, {words.actName(act)}
          </Button>
        </li>
      ))}
    </ul>
  )
}

type Name = keyof typeof trailWords.rights.names

/** A right by its word; one that a newer server knows alone by its code. */
function nameOf(code: string, t: (key: `rights.names.${Name}`) => string): string {
  return Object.hasOwn(trailWords.rights.names, code) ? t(`rights.names.${code as Name}`) : code
}
