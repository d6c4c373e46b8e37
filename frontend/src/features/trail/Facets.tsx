/** What the acts of the period are of, to tick and untick. Ticked is shown; everything ticked narrows nothing. */
import "./facets.css"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, CheckboxButton, CheckboxField, CheckboxGroup, Label } from "react-aria-components"
import { TRAIL_GROUPS, type TrailFacets, type TrailGroup } from "../../core/index.ts"
import { Icon } from "../../ui/Icon.tsx"
import type { Asked } from "./filters.ts"

interface FacetsProps {
  facets: TrailFacets
  asked: Asked
  onChange: (changed: Partial<Asked>) => void
}

const OUTCOMES = ["done", "refused"] as const

export function Facets({ asked, facets, onChange }: FacetsProps) {
  const { t } = useTranslation("trail")
  const groups = TRAIL_GROUPS.filter((group) => facets.groups[group] !== undefined || asked.groups.includes(group))
  const known = new Set(facets.organisations.map(({ id }) => id as string))
  const organisations = [
    ...facets.organisations,
    ...asked.orgs.filter((id) => !known.has(id)).map((id) => ({ id, name: null, n: 0 })),
  ]
  return (
    <>
      <Facet<TrailGroup>
        label={t("facets.groups")}
        boxes={groups.map((value) => ({ value, label: t(`groups.${value}`), n: facets.groups[value] ?? 0 }))}
        ticked={asked.groups}
        onChange={(ticked) => {
          onChange({ groups: ticked })
        }}
      />
      <Facet
        label={t("facets.outcomes")}
        boxes={OUTCOMES.map((value) => ({ value, label: t(`facets.${value}`), n: facets.outcomes[value] }))}
        ticked={asked.out === null ? [] : [asked.out]}
        onChange={([only, another]) => {
          onChange({ out: another === undefined ? (only ?? null) : null })
        }}
      />
      {organisations.length > 0 && (
        <Facet<string>
          label={t("facets.organisations")}
          boxes={organisations.map(({ id, n, name }) => ({ value: id, label: name ?? t("facets.unnamed"), n }))}
          ticked={asked.orgs}
          onChange={(ticked) => {
            onChange({ orgs: ticked })
          }}
        />
      )}
    </>
  )
}

interface FacetProps<Value extends string> {
  label: string
  boxes: readonly { readonly value: Value; readonly label: string; readonly n: number }[]
  /** Empty: all of them. */
  ticked: readonly Value[]
  /** Empty: all of them. */
  onChange: (ticked: readonly Value[]) => void
}

function Facet<Value extends string>({ boxes, label, onChange, ticked }: FacetProps<Value>) {
  const { t, i18n } = useTranslation("trail")
  const all = boxes.map(({ value }) => value)
  const isNarrowed = ticked.length > 0
  return (
    <CheckboxGroup
      className="facet"
      value={isNarrowed ? [...ticked] : all}
      onChange={(values) => {
        const kept = all.filter((value) => values.includes(value))
        onChange(kept.length === all.length ? [] : kept)
      }}
    >
      <div className="facet-head">
        <Label className="facet-label">{label}</Label>
        {isNarrowed && (
          <AriaButton
            className="facet-tool text-link"
            onPress={() => {
              onChange([])
            }}
          >
            {t("facets.all")}
          </AriaButton>
        )}
      </div>
      {boxes.map(({ label: name, n, value }) => (
        <div key={value} className="facet-row">
          <CheckboxField value={value}>
            <CheckboxButton className="checkbox facet-box">
              <span className="checkbox-box">
                <Icon name="check" small />
              </span>
              {name}
            </CheckboxButton>
          </CheckboxField>
          <AriaButton
            className="facet-tool facet-only text-link"
            aria-label={t("facets.onlyThis", { name })}
            onPress={() => {
              onChange([value])
            }}
          >
            {t("facets.only")}
          </AriaButton>
          <span className="facet-count">{n.toLocaleString(i18n.language)}</span>
        </div>
      ))}
    </CheckboxGroup>
  )
}
