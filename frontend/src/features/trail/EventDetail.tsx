/** One act in full: who, in what capacity, to whom, why, and whether it is what the log has sealed. */
import "./detail.css"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import type { TrailRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { paths } from "../shell/paths.ts"
import { useClock } from "./clock.ts"
import { deviceCode, subjectCode } from "./code.ts"
import type { Followed } from "./filters.ts"
import { Keep } from "./Keep.tsx"
import { ProofCard } from "./ProofCard.tsx"
import { Subject } from "./Resolve.tsx"
import { useTrailWords, whomOf } from "./words.ts"
import { SealedWords } from "./Words.tsx"

interface EventDetailProps {
  event: TrailRow
  organisation: string | null
  onFollow: (key: Followed, value: string) => void
}

export function EventDetail({ event, onFollow, organisation }: EventDetailProps) {
  const { t, i18n } = useTranslation("trail")
  const words = useTrailWords()
  const index = event.place?.index.toLocaleString(i18n.language)
  return (
    <div className="detail">
      <div>
        <p className="mini faint code">
          {index === undefined ? t("detail.pending", { act: event.act }) : t("detail.place", { act: event.act, index })}
        </p>
        <h2>{words.actName(event.act)}</h2>
      </div>
      <Facts event={event} organisation={organisation} />
      <SealedWords key={`${event.id} words`} event={event} />
      <ProofCard key={event.id} event={event} />
      <WhoCouldRead event={event} />
      <Follow event={event} onFollow={onFollow} />
      <Keep event={event} />
      <p className="detail-own mini soft">{t("detail.own")}</p>
    </div>
  )
}

function Facts({ event, organisation }: { event: TrailRow; organisation: string | null }) {
  const { t, i18n } = useTranslation("trail")
  const words = useTrailWords()
  const whom = whomOf(event)
  const [type = ""] = event.obj?.split("/") ?? []
  const measured = [
    event.epo === null ? null : t("detail.epoch", { epoch: event.epo }),
    event.seq === null ? null : t("detail.seq", { seq: event.seq }),
    event.siz === null ? null : t("detail.size", { size: event.siz.toLocaleString(i18n.language) }),
    event.cnt === null ? null : t("detail.count", { count: event.cnt }),
  ]
  const capacity = [event.role === null ? null : words.role(event.role), organisation]
  return (
    <dl className="facts">
      <Fact name={t("detail.who")}>
        {event.who === null ? <b>{words.who(event)}</b> : <Subject kind="Person" pseudonym={event.who} />}
      </Fact>
      <Fact name={t("detail.as")}>{joined(capacity)}</Fact>
      <Fact name={t("detail.whom")}>{whom !== null && <Subject kind="Person" pseudonym={whom} />}</Fact>
      <Fact name={t("detail.what")}>{event.obj !== null && type !== "Person" && words.object(event.obj)}</Fact>
      <Fact name={t("detail.circle")}>{event.cir !== null && subjectCode("Circle", event.cir)}</Fact>
      <Fact name={t("detail.patient")}>{event.pat !== null && <Subject kind="Patient" pseudonym={event.pat} />}</Fact>
      <Fact name={t("detail.when")}>
        <When instant={event.t} />
      </Fact>
      <Fact name={t("detail.why")}>
        {joined([event.why === null ? null : words.purpose(event.why), event.has_reason ? t("detail.sealed") : null])}
      </Fact>
      <Fact name={t("detail.result")}>
        <Result event={event} />
      </Fact>
      <Fact name={t("detail.facts")}>{joined(measured)}</Fact>
      <Fact name={t("detail.device")}>{event.dev !== null && deviceCode(event.dev)}</Fact>
      <Fact name={t("detail.how")}>{event.auth !== null && words.how(event.auth)}</Fact>
      <Fact name={t("detail.session")}>
        {event.ses !== null && <span className="code">{event.ses.slice(0, 8)}</span>}
      </Fact>
    </dl>
  )
}

/** Nothing at all where there is nothing to say. */
function Fact({ children, name }: { children: ReactNode; name: string }) {
  if (children === false || children === "" || children === null) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(", ")
}

function When({ instant }: { instant: string }) {
  const { t } = useTranslation("trail")
  const dates = useDates()
  const clock = useClock()
  const zone = clock.zone(instant)
  return (
    <time dateTime={instant}>{t("detail.at", { date: dates.numeric(instant), time: clock.exact(instant), zone })}</time>
  )
}

function Result({ event: { err, out } }: { event: TrailRow }) {
  const { t } = useTranslation("trail")
  const words = useTrailWords()
  if (out === 0) return t("detail.done")
  const why = err === null ? "" : words.error(err)
  return (
    <span className="detail-refused">{out === 12 ? t("detail.failed", { why }) : t("detail.refused", { why })}</span>
  )
}

/** Certificates are made elsewhere; from here one knows already of what. */
function WhoCouldRead({ event: { cir, obj } }: { event: TrailRow }) {
  const { t } = useTranslation("access")
  const [type, id] = obj?.split("/") ?? []
  if (type === "Message" && id !== undefined) {
    return <LinkButton href={`${paths.access}?message=${id}`}>{t("follow.message")}</LinkButton>
  }
  return cir !== null && <LinkButton href={`${paths.access}?circle=${cir}`}>{t("follow.circle")}</LinkButton>
}

const FOLLOWABLE = ["who", "pat", "cir", "dev", "ses", "obj"] as const

/** The timelines that this act belongs to. */
function Follow({ event, onFollow }: Pick<EventDetailProps, "event" | "onFollow">) {
  const { t } = useTranslation("trail")
  return (
    <div className="follow">
      <h3>{t("detail.follow")}</h3>
      <div className="follow-ways">
        {FOLLOWABLE.map((key) => {
          const value = event[key]
          if (value === null) return null
          return (
            <Button
              key={key}
              onPress={() => {
                onFollow(key, value)
              }}
            >
              {t(`detail.followed.${key}`)}
            </Button>
          )
        })}
      </div>
    </div>
  )
}
