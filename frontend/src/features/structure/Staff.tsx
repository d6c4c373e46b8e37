/** The people of an organisation: which roles they hold there, and what ends when somebody leaves. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { ORGANISATION_ROLES, type OrganisationId, type StaffRow } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { DepartDialog } from "./DepartDialog.tsx"
import { RolesDialog } from "./RolesDialog.tsx"

interface Chosen {
  readonly person: StaffRow
  readonly what: "roles" | "depart"
}

export function Staff({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("organisation")
  const cordee = useCordee()
  const words = useErrorWords()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const { data, error, isPending } = useQuery({
    queryKey: ["staff", organisation],
    queryFn: () => cordee.structure.staff(organisation),
  })
  const dialog = {
    organisation,
    onClose: () => {
      setChosen(null)
    },
    onDone: () => queries.invalidateQueries({ queryKey: ["staff", organisation] }),
  }
  return (
    <>
      <h3>{t("staff.title")}</h3>
      <p className="small soft">{t("staff.note")}</p>
      {isPending && (
        <p className="small faint" role="status">
          {t("asking")}
        </p>
      )}
      <Problem words={error === null ? null : words(error)} />
      <ul aria-label={t("staff.title")}>
        {data?.map((person) => (
          <Row key={person.user} person={person} choose={setChosen} />
        ))}
      </ul>
      <RolesDialog {...dialog} person={chosen?.what === "roles" ? chosen.person : null} />
      <DepartDialog {...dialog} person={chosen?.what === "depart" ? chosen.person : null} />
    </>
  )
}

function Row({ person, choose }: { person: StaffRow; choose: (chosen: Chosen) => void }) {
  const { t } = useTranslation("organisation")
  const { name, profession, roles, here } = person
  return (
    <li className="possession">
      <Icon name="person" />
      <div>
        <p className="name possession-name">{name}</p>
        <p className="small soft">
          {profession.label}
          {!here && `, ${t("staff.notHere")}`}
        </p>
      </div>
      <div className="staff-roles">
        {ORGANISATION_ROLES.filter((role) => roles.includes(role)).map((role) => (
          <Chip key={role}>{t(`roles.${role}`)}</Chip>
        ))}
      </div>
      <div className="possession-acts">
        <Button
          aria-label={t("staff.rolesOf", { name })}
          onPress={() => {
            choose({ person, what: "roles" })
          }}
        >
          {t("staff.roles")}
        </Button>
        {here && (
          <Button
            aria-label={t("staff.departOf", { name })}
            onPress={() => {
              choose({ person, what: "depart" })
            }}
          >
            {t("staff.depart")}
          </Button>
        )}
      </div>
    </li>
  )
}
