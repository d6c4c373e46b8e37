/** Circles that programs propose and I may open: above my circles, each with its patient and where it comes from. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import type { ProposedCircle } from "../../core/index.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { sentenceName, usePatientWords } from "../circles/patient.ts"
import { Confirm } from "../Confirm.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { PROPOSED, useProposed } from "./useProposed.ts"

export function ProposedCircles() {
  const { t } = useTranslation("careteam")
  const cordee = useCordee()
  const queries = useQueryClient()
  const proposed = useProposed()
  const [refusing, setRefusing] = useState<ProposedCircle | null>(null)
  if (proposed === undefined || proposed.length === 0) return null
  const close = () => {
    setRefusing(null)
  }
  return (
    <section className="home-notice" aria-label={t("proposed.label")}>
      {proposed.map((each) => (
        <Proposal
          key={each.id}
          proposed={each}
          onRefuse={() => {
            setRefusing(each)
          }}
        />
      ))}
      <Confirm
        title={t("proposed.question")}
        isOpen={refusing !== null}
        submit={t("proposed.putAside")}
        cancel={t("cancel")}
        done={t("proposed.done")}
        act={async () => {
          if (refusing === null) return
          await cordee.careTeams.putAside(refusing.id, "")
          await queries.invalidateQueries({ queryKey: PROPOSED })
        }}
        onClose={close}
      >
        {refusing && <p>{t("proposed.consequence", { name: nameIn(refusing) })}</p>}
      </Confirm>
    </section>
  )
}

function nameIn({ patient }: ProposedCircle): string {
  return sentenceName({ family: patient.birth_name, given: patient.given_names })
}

function Proposal({ proposed, onRefuse }: { proposed: ProposedCircle; onRefuse: () => void }) {
  const { t, i18n } = useTranslation("careteam")
  const words = usePatientWords()
  const { patient, source, people, others } = proposed
  const name = nameIn(proposed)
  const list = new Intl.ListFormat(i18n.language)
  const { age, born } = words({ ...patient, family: patient.birth_name, given: patient.given_names })
  return (
    <Notice
      tone="neutral"
      icon="door"
      action={
        <span className="known-actions">
          <LinkButton
            variant="primary"
            href={`${paths.openCircle}?proposition=${proposed.id}`}
            label={t("proposed.openOf", { name })}
          >
            {t("proposed.open")}
          </LinkButton>
          <Button aria-label={t("proposed.putAsideOf", { name })} onPress={onRefuse}>
            {t("proposed.putAside")}
          </Button>
        </span>
      }
    >
      <b>{name}</b>, {age}, {born}
      <br />
      {t("proposed.by", { ...source })}
      <br />
      {people.length === 0
        ? t("proposed.nobody")
        : t("proposed.people", { count: people.length, names: list.format(people.map(fullName)) })}{" "}
      {others.length > 0 && t("proposed.others", { names: list.format(others) })}
    </Notice>
  )
}
