/**
 * The recovery code: one text field for the keyboard, the clipboard and whoever listens, drawn as eight groups of four.
 * The input lies invisible over its drawing; a press on a group puts the caret there.
 */
import "./recoveryCode.css"
import { useLayoutEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import { Input, Label, Text, TextField } from "react-aria-components"
import { FieldProblem } from "../../ui/Field.tsx"
import { GROUP_LENGTH, GROUPS, codeCharacters, codeGroups } from "./recoveryCode.ts"

interface RecoveryCodeFieldProps {
  /** Letters and digits only, see `codeCharacters`. */
  value: string
  onChange: (characters: string) => void
  autoFocus: boolean
  error?: string | undefined
  /** The group that is known to be mistyped, from 0. */
  wrongGroup?: number | null
}

export function RecoveryCodeField({ value, onChange, autoFocus, error, wrongGroup = null }: RecoveryCodeFieldProps) {
  const { t } = useTranslation("auth")
  const input = useRef<HTMLInputElement>(null)
  const [caret, setCaret] = useState(0)
  const [focused, setFocused] = useState(false)

  // The value loses separators and gains capitals on its way, which would throw the caret to the end.
  useLayoutEffect(() => {
    if (document.activeElement === input.current) input.current?.setSelectionRange(caret, caret)
  }, [value, caret])

  const change = (text: string) => {
    const before = text.slice(0, input.current?.selectionStart ?? text.length)
    setCaret(codeCharacters(before).length)
    onChange(codeCharacters(text))
  }

  const caretGroup = Math.min(Math.floor(caret / GROUP_LENGTH), GROUPS - 1)
  return (
    <TextField
      className="recovery box"
      value={value}
      onChange={change}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      autoFocus={autoFocus}
    >
      <div className="box-head">
        <Label>{t("recovery.label")}</Label>
        <Text slot="description" className="mini faint">
          {t("recovery.shape")}
        </Text>
      </div>
      <div className="recovery-field">
        <Input
          ref={input}
          className="recovery-input"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          onFocus={() => {
            setFocused(true)
          }}
          onBlur={() => {
            setFocused(false)
          }}
          onSelect={(event) => {
            const { selectionEnd, selectionStart } = event.currentTarget
            // What is selected is to be replaced: only a caret is drawn, and put back.
            if (selectionStart === selectionEnd) setCaret(selectionStart ?? value.length)
          }}
        />
        <div
          className="recovery-groups"
          aria-hidden="true"
          onPointerDown={(event) => {
            event.preventDefault()
            const group =
              event.target instanceof HTMLElement
                ? Number(event.target.closest<HTMLElement>("[data-group]")?.dataset["group"])
                : NaN
            if (!Number.isNaN(group)) setCaret(Math.min((group + 1) * GROUP_LENGTH, value.length))
            input.current?.focus()
          }}
        >
          {codeGroups(value).map((characters, group) => (
            <Group
              key={group}
              index={group}
              characters={characters}
              caret={focused && group === caretGroup ? caret - group * GROUP_LENGTH : null}
              wrong={group === wrongGroup}
            />
          ))}
        </div>
      </div>
      <FieldProblem error={error} />
    </TextField>
  )
}

interface GroupProps {
  index: number
  characters: string
  caret: number | null
  wrong: boolean
}

function Group({ index, characters, caret, wrong }: GroupProps) {
  const state = caret === null ? (characters === "" ? " recovery-group-empty" : "") : " recovery-group-here"
  return (
    <span className={`recovery-group${state}${wrong ? " recovery-group-wrong" : ""}`} data-group={index}>
      {characters.slice(0, caret ?? undefined)}
      {caret !== null && <span className="recovery-caret" />}
      {caret !== null && characters.slice(caret)}
    </span>
  )
}
