/** The three ways to look at what was asked: the acts, what they changed in rights, and the officers' own acts. */
import { useTranslation } from "react-i18next"
import { Segmented } from "../../ui/Segmented.tsx"

export const VIEWS = ["timeline", "rights", "officers"] as const
export type View = (typeof VIEWS)[number]

/** What the address says, or the acts. */
export function viewIn(query: URLSearchParams): View {
  return VIEWS.find((view) => view === query.get("view")) ?? "timeline"
}

export function Views({ onChange, view }: { view: View; onChange: (view: View) => void }) {
  const { t } = useTranslation("trail")
  return (
    <Segmented
      label={t("views.label")}
      choices={VIEWS.map((value) => ({ value, label: t(`views.${value}`) }))}
      value={view}
      onChange={onChange}
    />
  )
}
