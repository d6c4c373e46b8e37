/**
 * One message: who speaks is part of what is said, so every message names its author, profession, structure and sector.
 */
import { useTranslation } from "react-i18next"
import type { Circle, MessageEntry, Person, UserId } from "../../core/index.ts"
import { withBoundPunctuation } from "../../locales/punctuation.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { useMe } from "../auth/me.ts"
import { fullName, initialsOf } from "../directory/professional.ts"
import { MessageFiles } from "../files/MessageFiles.tsx"
import { MessageFate } from "./MessageFate.tsx"
import { MessageTime, useMessageTimes } from "./MessageTime.tsx"

interface MessageViewProps {
  entry: MessageEntry
  people: ReadonlyMap<UserId, Person>
  circle: Circle
}

export function MessageView({ entry, people, circle }: MessageViewProps) {
  const { t } = useTranslation("chat")
  const me = useMe()
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
        </header>
        {entry.text !== "" && <p className="message-text">{withBoundPunctuation(entry.text)}</p>}
        {entry.files.length > 0 && <MessageFiles circle={circle} entry={entry} />}
        {entry.sending && <MessageFate message={entry.id} sending={entry.sending} people={people} circle={circle} />}
      </div>
    </article>
  )
}
