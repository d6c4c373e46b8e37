/** An identity, trait by trait, with what vouches for it. The number and its code only when it is qualified. */
import { Fragment } from "react"
import { useTranslation } from "react-i18next"
import { datamatrixOf, type PatientIdentity } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { groupedMatricule } from "../circles/patient.ts"
import { Datamatrix } from "./Datamatrix.tsx"

export function IdentitySheet({ identity }: { identity: PatientIdentity }) {
  const { t } = useTranslation(["identity", "circles"])
  const dates = useDates()
  const { matricule, oid } = identity
  const code = matricule === null || oid === null ? null : datamatrixOf({ ...identity, matricule, oid })
  const lines: readonly (readonly [string, string])[] = [
    [t("circles:open.birthName"), identity.birth_name.toLocaleUpperCase("fr")],
    [t("circles:open.givenNames"), identity.given_names],
    ...(identity.used_name === null
      ? []
      : [[t("trait.used_name"), identity.used_name.toLocaleUpperCase("fr")] as const]),
    [t("circles:open.birthDate"), dates.numeric(identity.birth_date)],
    [t("circles:open.sex"), t(`circles:open.sexes.${identity.sex}`)],
    [t("circles:open.birthplace"), identity.birthplace],
    [t("circles:open.status"), t(`circles:patient.identity.${identity.identity_status}`)],
    [t("document.label"), t(`document.${identity.document ?? "unknown"}`)],
    [
      t("circles:open.matricule"),
      matricule === null ? t(identity.numbered ? "sheet.hiddenNumber" : "sheet.noNumber") : groupedMatricule(matricule),
    ],
  ]
  return (
    <section className="card identity-sheet" aria-label={t("sheet.title")}>
      {identity.attributes.map((attribute) => (
        <Notice key={attribute}>{t(`sheet.attribute.${attribute}`)}</Notice>
      ))}
      {identity.warnings.filter(isWorded).map((warning) => (
        <Notice key={warning}>{t(`warning.${warning}`)}</Notice>
      ))}
      <div className="identity-columns">
        <dl className="identity-traits">
          {lines.map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
        {code !== null && (
          <div className="identity-code">
            <Datamatrix content={code} />
            <Button
              icon="file"
              onPress={() => {
                window.print()
              }}
            >
              {t("sheet.print")}
            </Button>
          </div>
        )}
      </div>
      <p className="small soft">{t(`sheet.meaning.${identity.identity_status}`)}</p>
    </section>
  )
}

const WORDED = [
  "wrong_matricule_key",
  "matricule_of_other_sex",
  "matricule_of_other_birth_date",
  "matricule_of_other_birthplace",
] as const

/** A newer server may warn of what this version has no words for. */
function isWorded(warning: string): warning is (typeof WORDED)[number] {
  return WORDED.some((each) => each === warning)
}
