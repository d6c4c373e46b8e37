/** The form of a new circle as a program has filled it in. Ground and date of information are never a program's. Pure. */
import type { PatientTraits } from "../../core/index.ts"
import { emptyForm, type OpenCircleForm } from "../circles/openCircleForm.ts"

export function proposedForm(patient: PatientTraits): OpenCircleForm {
  return {
    ...emptyForm,
    birthName: patient.birth_name,
    usedName: patient.used_name ?? "",
    givenNames: patient.given_names,
    birthDate: patient.birth_date,
    sex: patient.sex,
    birthplace: patient.birthplace,
    status: patient.identity_status,
    attributes: patient.attributes,
    matricule: patient.matricule ?? "",
    oid: patient.oid ?? "",
  }
}
