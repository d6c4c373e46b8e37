/** Whether this patient has a circle already, asked once typing has paused, and whose names in mine are near. */
import { useQuery } from "@tanstack/react-query"
import type { CirclePatient, KnownPatient, PatientTraits } from "../../core/index.ts"
import { areNear } from "../circles/nearNames.ts"
import { useCircles } from "../circles/useCircles.ts"
import { useCordee } from "../cordee.ts"
import { useSettled } from "../directory/useSettled.ts"

export interface Known {
  /** null until the server has answered about these very traits. */
  readonly answer: KnownPatient | null
  readonly near: readonly CirclePatient[]
}

const PAUSE_MS = 700

export function useKnown(traits: PatientTraits | null): Known {
  const cordee = useCordee()
  const { circles } = useCircles()
  const said = JSON.stringify(traits)
  const settled = useSettled(said, PAUSE_MS)
  const { data } = useQuery({
    queryKey: ["known patient", settled],
    queryFn: () => cordee.patients.search(JSON.parse(settled) as PatientTraits),
    enabled: traits !== null && settled === said,
    gcTime: 0, // names of patients are not kept longer than the form
    retry: false,
  })
  const answer = traits !== null && settled === said ? (data ?? null) : null
  return {
    answer,
    near:
      traits === null
        ? []
        : nearOf(
            traits,
            (circles ?? []).map(({ row }) => row.patient),
          ),
  }
}

function nearOf(traits: PatientTraits, patients: readonly (CirclePatient | null)[]): readonly CirclePatient[] {
  const typed: CirclePatient = { ...traits, family: traits.birth_name, given: traits.given_names, matricule: null }
  const near = new Map<string, CirclePatient>()
  for (const patient of patients) {
    if (patient !== null && areNear(typed, patient)) near.set(`${patient.family} ${patient.given}`, patient)
  }
  return [...near.values()]
}
