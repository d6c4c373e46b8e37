/** What a message says, with the people whom it names: oneself above all. */
import "./mentions.css"
import type { CircleView, MessageEntry } from "../../core/index.ts"
import { withBoundPunctuation } from "../../locales/punctuation.ts"
import { useMe } from "../auth/me.ts"
import { parts } from "./mentions.ts"

interface MessageTextProps {
  entry: MessageEntry
  people: CircleView["people"]
  className?: string
}

export function MessageText({ entry, people, className = "message-text" }: MessageTextProps) {
  const me = useMe()
  const named = entry.mentions.flatMap((user) => (user === me.id ? { ...me, user } : (people.get(user) ?? [])))
  return (
    <p className={className}>
      {parts(entry.text, named).map(({ text, user }, index) =>
        user === null ? (
          withBoundPunctuation(text)
        ) : (
          <span key={index} className={user === me.id ? "mention mention-me" : "mention"}>
            {text}
          </span>
        ),
      )}
    </p>
  )
}
