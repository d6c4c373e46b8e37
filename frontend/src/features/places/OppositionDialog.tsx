/** The patient opposes: one person goes and is not invited again; without a person, the circle closes. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleRow, UserId } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { Asked } from "./Asked.tsx"
import { NOTHING_SAID, saidWrong, Statement } from "./Statement.tsx"

interface OppositionDialogProps {
  circle: Circle
  row: CircleRow
  /** Null: to the circle. */
  person: { readonly user: UserId; readonly name: string } | null
  isOpen: boolean
  onClose: () => void
}

export function OppositionDialog({ circle, row, person, isOpen, onClose }: OppositionDialogProps) {
  const { t } = useTranslation("places")
  const patient = useSexWords()(sexOf(row.patient))
  const today = useToday()
  const [said, setSaid] = useState(NOTHING_SAID)
  const about = person === null ? "circle" : "person"
  const values = { name: person?.name ?? "", ...patient }
  return (
    <Asked
      title={t(`opposition.${about}.title`, values)}
      consequence={t(`opposition.${about}.consequence`, values)}
      submit={t(`opposition.${about}.submit`)}
      done={t(`opposition.${about}.done`, values)}
      isDangerous
      isIncomplete={saidWrong(said, today) !== undefined}
      isOpen={isOpen}
      onClose={onClose}
      act={(reason) => circle.oppose({ user: person?.user ?? null, toldOn: said.on ?? today, how: said.how, reason })}
    >
      {(tried) => <Statement label={t("opposition.on")} said={said} onChange={setSaid} tried={tried} />}
    </Asked>
  )
}
