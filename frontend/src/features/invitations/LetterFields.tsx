/** Where to write to somebody without an account, in which language, and what the letter will say. */
import "./letter.css"
import { useTranslation } from "react-i18next"
import type { LetterAddress } from "../../core/index.ts"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { Select } from "../../ui/Select.tsx"
import { useMe } from "../auth/me.ts"
import { fullName, type NamedProfessional } from "../directory/professional.ts"

export interface LetterDraft {
  readonly where: "mssante" | "typed"
  readonly typed: string
  readonly language: LetterAddress["language"]
}

/** The directory's secure mailbox when there is one: its operator has checked whose it is. */
export function newLetter(mssante: string | null): LetterDraft {
  return { where: mssante === null ? "typed" : "mssante", typed: "", language: "fr" }
}

/** Undefined while no address is written. */
export function letterOf({ language, typed, where }: LetterDraft): LetterAddress | undefined {
  if (where === "mssante") return { to: null, language }
  return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(typed.trim()) ? { to: typed.trim(), language } : undefined
}

interface LetterFieldsProps {
  person: NamedProfessional
  mssante: string | null
  letter: LetterDraft
  onChange: (letter: LetterDraft) => void
  tried: boolean
}

export function LetterFields({ person, mssante, letter, onChange, tried }: LetterFieldsProps) {
  const { t } = useTranslation("invitations")
  const inviter = fullName(useMe())
  const { language, typed, where } = letter
  return (
    <section className="letter" aria-label={t("letter.title")}>
      <Notice tone="neutral" icon="message">
        {t("letter.note")}
      </Notice>
      {mssante !== null && (
        <RadioCards
          label={t("letter.title")}
          cards={[
            { value: "mssante", label: t("letter.mssante"), description: mssante },
            { value: "typed", label: t("letter.typed"), description: t("letter.typedNote") },
          ]}
          value={where}
          onChange={(value) => {
            onChange({ ...letter, where: value })
          }}
        />
      )}
      <div className="letter-two">
        {where === "typed" && (
          <Field
            label={t("letter.address")}
            type="email"
            inputMode="email"
            {...(mssante === null && { help: t("letter.typedNote") })}
            value={typed}
            onChange={(value) => {
              onChange({ ...letter, typed: value })
            }}
            error={tried && letterOf(letter) === undefined ? t("letter.addressMissing") : undefined}
          />
        )}
        <Select
          label={t("letter.language")}
          choices={(["fr", "en"] as const).map((value) => ({ value, label: t(`letter.languages.${value}`) }))}
          value={language}
          onChange={(value) => {
            onChange({ ...letter, language: value })
          }}
        />
      </div>
      <details className="letter-preview">
        <summary>{t("letter.preview")}</summary>
        <p lang={language}>{t("letter.previewText", { lng: language, name: fullName(person), inviter })}</p>
        <p className="mini faint">{t("letter.previewSafe")}</p>
      </details>
    </section>
  )
}
