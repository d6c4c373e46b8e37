/** What is looked for, as tokens, and a field for one more: a code, an act, a session. */
import "./search.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Input, Label, Tag, TagGroup, TagList, TextField } from "react-aria-components"
import { useDates } from "../../locales/dates.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { deviceCode, readCode, subjectCode } from "./code.ts"
import { FOLLOWED, type Asked, type Followed } from "./filters.ts"
import { PeriodDialog } from "./PeriodDialog.tsx"
import type { Found } from "./useTrail.ts"
import { WhoDialog } from "./WhoDialog.tsx"
import { useTrailWords } from "./words.ts"

interface SearchBarProps {
  asked: Asked
  found: Found
  onChange: (changed: Partial<Asked>) => void
}

const ACT = /^[a-z]+\.[a-z]+$/
const SESSION = /^[0-9a-f]{32}$/
const ERROR = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/

export function SearchBar({ asked, found, onChange }: SearchBarProps) {
  const { t } = useTranslation("trail")
  const [typed, setTyped] = useState("")
  const [isUnknown, setUnknown] = useState(false)
  const [isChoosing, setChoosing] = useState(false)
  const [isNaming, setNaming] = useState(false)
  const tokens = useTokens(asked, onChange)
  const add = () => {
    const changed = understood(typed, asked)
    setUnknown(changed === null && typed.trim() !== "")
    if (changed === null) return
    setTyped("")
    onChange(changed)
  }
  return (
    <div className="trail-search">
      <div className="trail-field field-box">
        <Icon name="search" />
        <TagGroup
          aria-label={t("search.tokens")}
          className="trail-tokens"
          onRemove={(keys) => {
            for (const token of tokens) if (keys.has(token.key)) token.remove()
          }}
        >
          <TagList className="trail-token-list" items={tokens}>
            {(token) => (
              <Tag id={token.key} textValue={token.words} className="trail-token">
                {token.words}
                <AriaButton slot="remove" className="trail-token-end" aria-label={t("search.remove")}>
                  <Icon name="cross" small />
                </AriaButton>
              </Tag>
            )}
          </TagList>
        </TagGroup>
        <TextField
          className="trail-typed"
          value={typed}
          isInvalid={isUnknown}
          onChange={(value) => {
            setTyped(value)
            setUnknown(false)
          }}
          onKeyDown={(event) => {
            if (event.key === "Enter") add()
          }}
        >
          <Label className="unseen">{t("search.label")}</Label>
          <Input className="field-input" placeholder={t("search.placeholder")} spellCheck={false} autoComplete="off" />
        </TextField>
        <FoundCount found={found} />
        <IconButton icon="retry" label={t("search.again")} onPress={found.again} />
      </div>
      <Button
        icon="calendar"
        onPress={() => {
          setChoosing(true)
        }}
      >
        {t("search.period")}
      </Button>
      <Button
        icon="person"
        onPress={() => {
          setNaming(true)
        }}
      >
        {t("search.who")}
      </Button>
      {isUnknown && (
        <p className="trail-unknown field-error" role="alert">
          <Icon name="triangle" small />
          <span>{t("search.unknown")}</span>
        </p>
      )}
      <WhoDialog
        isOpen={isNaming}
        onClose={() => {
          setNaming(false)
        }}
        onChoose={(key, value) => {
          setNaming(false)
          onChange({ followed: { ...asked.followed, [key]: value } })
        }}
      />
      <PeriodDialog
        asked={asked}
        isOpen={isChoosing}
        onClose={() => {
          setChoosing(false)
        }}
        onChoose={(period) => {
          setChoosing(false)
          onChange({ ...period, day: null })
        }}
      />
    </div>
  )
}

/** What a typed word narrows, or null for one that is none. */
function understood(typed: string, { codes, followed }: Asked): Partial<Asked> | null {
  const word = typed.trim()
  const code = readCode(word)?.code
  if (code !== undefined) return { codes: codes.includes(code) ? codes : [...codes, code] }
  if (ACT.test(word)) return { followed: { ...followed, act: word } }
  if (SESSION.test(word)) return { followed: { ...followed, ses: word } }
  return ERROR.test(word) ? { followed: { ...followed, err: word } } : null
}

interface Token {
  readonly id: string
  readonly key: string
  readonly words: string
  readonly remove: () => void
}

/** What is asked, in words; each may be taken away. */
export function useTokens(
  { codes, followed, from, to }: Asked,
  onChange: SearchBarProps["onChange"],
): readonly Token[] {
  const { t } = useTranslation("trail")
  const period = usePeriodWords()(from, to)
  const token = (key: string, words: string, changed: Partial<Asked>): Token => ({
    id: key,
    key,
    words,
    remove: () => {
      onChange(changed)
    },
  })
  const { object } = useTrailWords()
  const kept = FOLLOWED.flatMap((key) => {
    const value = followed[key]
    if (value === undefined) return []
    const rest = Object.fromEntries(Object.entries(followed).filter(([each]) => each !== key))
    return [
      token(key, t(`search.token.${key}`, { code: key === "obj" ? object(value) : shownAs(key, value) }), {
        followed: rest,
      }),
    ]
  })
  return [
    ...codes.map((code) => token(code, t(wordOf(code), { code }), { codes: codes.filter((each) => each !== code) })),
    ...kept,
    ...(period === null ? [] : [token("period", period, { from: null, to: null, day: null })]),
  ]
}

const LETTER_WORDS = { P: "who", T: "pat", C: "cir", A: "dev" } as const

function wordOf(code: string) {
  const letter = readCode(code)?.letter
  return `search.token.${letter === undefined ? "code" : LETTER_WORDS[letter]}` as const
}

function shownAs(key: Exclude<Followed, "obj">, value: string): string {
  switch (key) {
    case "who":
      return subjectCode("Person", value)
    case "pat":
      return subjectCode("Patient", value)
    case "cir":
      return subjectCode("Circle", value)
    case "dev":
      return deviceCode(value)
    case "ses":
      return value.slice(0, 8)
    case "act":
    case "err":
      return value
  }
}

/** `du 31/10 au 27/11/2025`; null for all time. */
export function usePeriodWords(): (from: string | null, to: string | null) => string | null {
  const { t } = useTranslation("trail")
  const dates = useDates()
  return (from, to) => {
    if (from !== null && to !== null) {
      const values = { from: dates.numeric(from), to: dates.numeric(to) }
      return from === to ? t("search.on", values) : t("search.between", values)
    }
    if (from !== null) return t("search.since", { from: dates.numeric(from) })
    return to === null ? null : t("search.until", { to: dates.numeric(to) })
  }
}

function FoundCount({ found: { first, isAsking } }: { found: Found }) {
  const { t, i18n } = useTranslation("trail")
  const values = { took: first?.took_ms ?? 0, count: first?.total ?? 0 }
  const written = values.count.toLocaleString(i18n.language)
  return (
    <span className="trail-found mini faint" role="status">
      {first === null || isAsking
        ? t("search.asking")
        : t(first.capped ? "search.capped" : "search.found", {
            ...values,
            replace: { count: written, took: values.took },
          })}
    </span>
  )
}
