/**
 * One message: who speaks is part of what is said, so every message names its author, profession, structure and sector.
 */
import { useTranslation } from "react-i18next"
import type { Circle, CircleView, MessageEntry } from "../../core/index.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { useMe } from "../auth/me.ts"
import { fullName, initialsOf } from "../directory/professional.ts"
import { MessageFiles } from "../files/MessageFiles.tsx"
import { NoticeView } from "../team/NoticeView.tsx"
import { MessageFate } from "./MessageFate.tsx"
import { MessageMenu } from "./MessageMenu.tsx"
import { MessageText } from "./MessageText.tsx"
import { MessageTime, useMessageTimes } from "./MessageTime.tsx"
import { UrgentText } from "./UrgentText.tsx"

interface MessageViewProps {
  entry: MessageEntry
  view: CircleView
  circle: Circle
}

export function MessageView({ entry, view, circle }: MessageViewProps) {
  const { t } = useTranslation("chat")
  const me = useMe()
  const { people } = view
  const author = entry.mine ? me : people.get(entry.author)
  const name = author === undefined ? t("someone") : fullName(author)
  const profession = author?.profession.label ?? ""
  const { received, written } = useMessageTimes()(entry)
  const hour = received === null ? written : `${written}, ${received}`
  return (
    <article
      className={entry.mine ? "message message-mine" : "message"}
      aria-label={t("messageLabel", { name, profession, hour })}
    >
      {author === undefined ? (
        <span />
      ) : (
        <Avatar initials={initialsOf(author)} sector={author.sector} mine={entry.mine} />
      )}
      <div className="message-body">
        <header className="message-head">
          <span className="name">{entry.mine ? t("you") : name}</span>
          {author !== undefined && (
            <span className="message-practice">
              <span>
                {author.profession.label}
                {author.organisation && `, ${author.organisation.name}`}
              </span>
              <SectorMark sector={author.sector} />
            </span>
          )}
          <MessageTime entry={entry} />
          <MessageMenu entry={entry} view={view} circle={circle} />
        </header>
        {entry.notice !== null && <NoticeView entry={entry} notice={entry.notice} />}
        {entry.urgent ? (
          <UrgentText entry={entry} view={view} circle={circle} />
        ) : (
          entry.text !== "" && <MessageText entry={entry} people={people} />
        )}
        {entry.files.length > 0 && <MessageFiles circle={circle} entry={entry} />}
        {entry.sending && <MessageFate message={entry.id} sending={entry.sending} people={people} circle={circle} />}
      </div>
    </article>
  )
}
