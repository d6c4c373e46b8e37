/** The compartments of a care circle: those in which I am, and for who coordinates it that there are others. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import type { CircleRow, CompartmentRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { NameCircleDialog } from "../circles/NameCircleDialog.tsx"
import { sentenceName } from "../circles/patient.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"

interface CompartmentsProps {
  row: CircleRow
  compartments: readonly CompartmentRow[]
  mayOpen: boolean
}

export function Compartments({ row, compartments, mayOpen }: CompartmentsProps) {
  const { t } = useTranslation("kinds")
  const cordee = useCordee()
  const [naming, setNaming] = useState(false)
  if (row.kind !== "care" || row.patient === null || row.parent !== null) return null
  if (compartments.length === 0 && !mayOpen) return null
  return (
    <section className="compartments" aria-labelledby="compartments">
      <h3 className="members-part" id="compartments">
        {t("compartments.title")}
      </h3>
      <ul>
        {compartments.map(({ id, member_count, name, role }) => (
          <li key={id} className="compartment">
            {role === null ? <b>{name}</b> : <AriaLink href={paths.circle(id)}>{name}</AriaLink>}
            <span className="mini soft">
              {t(role === null ? "compartments.ofOthers" : "compartments.mine", { count: member_count })}
            </span>
          </li>
        ))}
      </ul>
      {mayOpen && (
        <Button
          icon="plus"
          onPress={() => {
            setNaming(true)
          }}
        >
          {t("compartments.open")}
        </Button>
      )}
      <NameCircleDialog
        form="compartment"
        of={sentenceName(row.patient)}
        open={(name) => cordee.openCompartment(row.id, name)}
        isOpen={naming}
        onClose={() => {
          setNaming(false)
        }}
      />
    </section>
  )
}
