/**
 * Who may be named, while a name is typed after `@`. The field keeps the focus and names the chosen row
 * (`aria-activedescendant`): arrows move, Enter or Tab takes, Escape leaves the text as it is.
 */
import "./mentions.css"
import { useId, useState, type KeyboardEvent } from "react"
import { useTranslation } from "react-i18next"
import type { Member } from "../../core/index.ts"
import { Avatar } from "../../ui/Avatar.tsx"
import { initialsOf, listedName } from "../directory/professional.ts"
import { fitting, namingAt, type Naming } from "./mentions.ts"

/** More would hide the conversation. */
const SHOWN = 6

export interface Mentioning {
  readonly offered: readonly Member[]
  readonly chosen: number
  readonly listId: string
  readonly optionId: (index: number) => string
  readonly take: (member: Member) => void
  /** Of the field: true when the list took the key. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean
  /** After each change of the text or of the caret. */
  readonly look: (text: string, caret: number) => void
}

/** `onTake`: the person is to stand where their name was being typed. */
export function useMentioning(
  members: readonly Member[],
  onTake: (naming: Naming, member: Member) => void,
): Mentioning {
  const [naming, setNaming] = useState<Naming | null>(null)
  const [left, setLeft] = useState<number | null>(null)
  const [index, setIndex] = useState(0)
  const listId = useId()
  const isOpen = naming !== null && naming.from !== left
  const offered = isOpen ? fitting(members, naming.query).slice(0, SHOWN) : []
  const chosen = Math.min(index, Math.max(0, offered.length - 1))

  const take = (member: Member) => {
    if (naming === null) return
    setNaming(null)
    onTake(naming, member)
  }
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const member = offered[chosen]
    if (member === undefined || naming === null) return false
    if (event.key === "ArrowDown") setIndex((chosen + 1) % offered.length)
    else if (event.key === "ArrowUp") setIndex((chosen + offered.length - 1) % offered.length)
    else if (event.key === "Escape") setLeft(naming.from)
    else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) take(member)
    else return false
    event.preventDefault()
    return true
  }
  return {
    offered,
    chosen,
    listId,
    optionId: (at) => `${listId}-${at}`,
    take,
    onKeyDown,
    look: (text, caret) => {
      const next = namingAt(text, caret)
      if (next?.query !== naming?.query) setIndex(0)
      if (next?.from !== left) setLeft(null)
      setNaming(next)
    },
  }
}

export function MentionList({ mentioning }: { mentioning: Mentioning }) {
  const { t } = useTranslation("reaching")
  const { chosen, listId, offered, optionId, take } = mentioning
  if (offered.length === 0) return null
  return (
    <ul className="mention-list" role="listbox" id={listId} aria-label={t("mention.list")}>
      {offered.map((member, index) => (
        <li
          key={member.user}
          id={optionId(index)}
          role="option"
          aria-selected={index === chosen}
          className="mention-option"
          onPointerDown={(event) => {
            // The field keeps the focus, and the keyboard of a phone.
            event.preventDefault()
            take(member)
          }}
        >
          <Avatar initials={initialsOf(member)} sector={member.sector} small />
          <span>
            <b>{listedName(member)}</b> <span className="soft">{member.profession.label}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}
