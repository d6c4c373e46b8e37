/** The frame of the officer's desk: one organisation for all its screens, and the head that each of them has. */
import "./trail.css"
import { useState, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Outlet } from "react-router"
import type { SubjectResolved } from "../../core/index.ts"
import { Select } from "../../ui/Select.tsx"
import { useMe } from "../auth/me.ts"
import { DeskContext, useDesk } from "./desk.ts"

export function TrailLayout() {
  const organisations = useMe().organisations.filter(({ abilities }) => abilities.includes("review"))
  const [chosen, setChosen] = useState(organisations[0]?.id)
  const [told, setTold] = useState<ReadonlyMap<string, SubjectResolved>>(new Map())
  const organisation = organisations.find(({ id }) => id === chosen) ?? organisations[0]
  if (organisation === undefined) return null
  return (
    <DeskContext
      value={{
        organisation,
        organisations,
        choose: setChosen,
        told,
        tell: (subjects) => {
          setTold((before) => new Map([...before, ...subjects.map((each) => [each.pseudonym, each] as const)]))
        },
      }}
    >
      <Outlet />
    </DeskContext>
  )
}

interface DeskHeaderProps {
  title: string
  /** Between title and action: the search field of the journal. */
  children?: ReactNode
  action?: ReactNode
}

export function DeskHeader({ title, children, action }: DeskHeaderProps) {
  return (
    <header className="desk-header">
      <h1>{title}</h1>
      <div className="desk-middle">{children}</div>
      <div className="desk-tools">
        <OrganisationChoice />
        {action}
      </div>
    </header>
  )
}

function OrganisationChoice() {
  const { t } = useTranslation("trail")
  const { choose, organisation, organisations } = useDesk()
  if (organisations.length < 2) return null
  return (
    <Select
      label={t("organisation")}
      choices={organisations.map(({ id, name }) => ({ value: id, label: name }))}
      value={organisation.id}
      onChange={choose}
    />
  )
}
