/** A team's page: what is coming, what was announced, who is in it. Everything is read from the encrypted conversation. */
import "../auth/security.css"
import "./team.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import {
  asId,
  type Circle,
  type CircleId,
  type CircleRow,
  type CircleView,
  type MessageEntry,
} from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { Missing } from "../chat/CirclePage.tsx"
import { MessageText } from "../chat/MessageText.tsx"
import { circleTitle, useCircleWords } from "../circles/circleTitle.ts"
import { useCircles } from "../circles/useCircles.ts"
import { useCircle, useObserved } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { useMe } from "../auth/me.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { AnnounceDialog } from "./AnnounceDialog.tsx"
import { NoticeView } from "./NoticeView.tsx"
import { sortNotices, useNow, type Announced } from "./notices.ts"

export function TeamPage() {
  const { circle = "" } = useParams()
  const { t } = useTranslation("network")
  const { circles } = useCircles()
  useTitle(t("team.title"))
  const row = circles?.find((each) => each.row.id === circle)?.row
  if (row?.kind === "team") return <Team key={row.id} id={asId<CircleId>(circle)} row={row} />
  if (circles === null)
    return (
      <p className="circle-asking" role="status">
        {t("searching")}
      </p>
    )
  return <Missing />
}

function Team({ id, row }: { id: CircleId; row: CircleRow }) {
  const { t } = useTranslation("network")
  const circle = useCircle(id)
  const view = useObserved(circle.view)
  const { line } = useCircleWords()(row)
  const { announcements, coming, past } = sortNotices(view.entries, useNow())
  return (
    <main className="screen security team">
      <LinkButton href={paths.circle(id)} icon="left">
        {t("team.toConversation")}
      </LinkButton>
      <h1 className="security-title">{circleTitle(row)}</h1>
      <p className="soft">{line}</p>
      <Announcing circle={circle} row={row} view={view} />
      <Part title={t("team.coming")} none={t("team.nothingComing")} notices={coming} view={view} />
      <Part title={t("team.announcements")} none={t("team.nothingAnnounced")} notices={announcements} view={view} />
      {past.length > 0 && <Part title={t("team.past")} none="" notices={past} view={view} />}
      {view.hasEarlier && <Earlier circle={circle} />}
    </main>
  )
}

/** For who may invite into a team: its coordinators. */
function Announcing({ circle, row, view }: { circle: Circle; row: CircleRow; view: CircleView }) {
  const { t } = useTranslation("network")
  const [writing, setWriting] = useState<"announcement" | "event" | null>(null)
  const isOpen = view.composer.state !== "refused" && view.composer.state !== "left" && row.state === "open"
  if (!row.abilities.includes("invite") || !isOpen) return null
  const write = (type: "announcement" | "event") => () => {
    setWriting(type)
  }
  return (
    <div className="line">
      <Button icon="message" onPress={write("announcement")}>
        {t("team.writeAnnouncement")}
      </Button>
      <Button icon="calendar" onPress={write("event")}>
        {t("team.writeEvent")}
      </Button>
      <AnnounceDialog
        circle={circle}
        row={row}
        type={writing}
        onClose={() => {
          setWriting(null)
        }}
      />
    </div>
  )
}

interface PartProps {
  title: string
  /** Said when there is nothing. */
  none: string
  notices: readonly Announced[]
  view: CircleView
}

function Part({ title, none, notices, view }: PartProps) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {notices.length === 0 && <p className="small soft">{none}</p>}
      {notices.map(({ entry, notice }) => (
        <article key={entry.key} className="team-notice" aria-label={notice.title}>
          <NoticeView entry={entry} notice={notice} />
          {entry.text !== "" && <MessageText entry={entry} people={view.people} />}
          <By entry={entry} view={view} />
        </article>
      ))}
    </section>
  )
}

function By({ entry, view }: { entry: MessageEntry; view: CircleView }) {
  const { t } = useTranslation(["network", "chat"])
  const dates = useDates()
  const me = useMe()
  const author = entry.mine ? me : view.people.get(entry.author)
  const name = author === undefined ? t("chat:someone") : fullName(author)
  return (
    <p className="small soft">
      {entry.seq === null ? t("team.onItsWay") : t("team.by", { name, day: dates.day(entry.at) })}
    </p>
  )
}

/** What is older is on the server until somebody asks for it. */
function Earlier({ circle }: { circle: Circle }) {
  const { t } = useTranslation("network")
  const { problem, run, running } = useAct()
  return (
    <>
      <Problem words={problem} />
      <Button
        isPending={running}
        onPress={() => {
          run(() => circle.loadEarlier())
        }}
      >
        {t("team.earlier")}
      </Button>
    </>
  )
}
