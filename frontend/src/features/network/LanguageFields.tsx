/** The languages in which I can talk with somebody: chosen one by one, taken away by their cross. */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Label, Tag, TagGroup, TagList } from "react-aria-components"
import { Icon } from "../../ui/Icon.tsx"
import { Select } from "../../ui/Select.tsx"
import { LANGUAGES, useLanguageNames } from "./languages.ts"

/** As many as the server takes. */
const MOST = 10

interface LanguageFieldsProps {
  value: readonly string[]
  onChange: (value: readonly string[]) => void
}

export function LanguageFields({ value, onChange }: LanguageFieldsProps) {
  const { t } = useTranslation("network")
  const nameOf = useLanguageNames()
  const others = LANGUAGES.filter((code) => !value.includes(code))
    .map((code) => ({ value: code, label: nameOf(code) }))
    .toSorted((one, other) => one.label.localeCompare(other.label))
  return (
    <>
      <TagGroup
        className="network-tags"
        onRemove={(keys) => {
          onChange(value.filter((code) => !keys.has(code)))
        }}
      >
        <Label className="field-label">{t("own.languages")}</Label>
        <TagList
          className="network-tag-list"
          renderEmptyState={() => <span className="small soft">{t("own.noLanguage")}</span>}
        >
          {value.map((code) => (
            <Tag key={code} id={code} className="chip chip-neutral network-tag" textValue={nameOf(code)}>
              {nameOf(code)}
              <AriaButton slot="remove" className="network-tag-remove" aria-label={t("own.removeLanguage")}>
                <Icon name="cross" small />
              </AriaButton>
            </Tag>
          ))}
        </TagList>
      </TagGroup>
      {value.length < MOST && (
        <Select
          key={value.length}
          label={t("own.addLanguage")}
          placeholder={t("own.chooseLanguage")}
          value={null}
          choices={others}
          onChange={(code) => {
            onChange([...value, code])
          }}
        />
      )}
    </>
  )
}
