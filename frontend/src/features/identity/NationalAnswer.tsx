/** What the national identity service answered, to be compared by a person before it is taken. */
import { useTranslation } from "react-i18next"
import type { FoundIdentity, InsiAnswer } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { sentenceName, usePatientWords } from "../circles/patient.ts"

interface NationalAnswerProps {
  answer: InsiAnswer
  take: (found: FoundIdentity) => void
}

export function NationalAnswer({ answer: { outcome, found, differs }, take }: NationalAnswerProps) {
  const { t, i18n } = useTranslation("identity")
  const words = usePatientWords()
  if (found === null) return <Notice role="status">{t(`insi.outcome.${outcome}`)}</Notice>
  const patient = {
    family: found.birth_name,
    given: found.given_names,
    sex: found.sex,
    birth_date: found.birth_date,
    identity_status: "retrieved" as const,
  }
  return (
    <Notice
      tone={differs.length === 0 ? "sure" : "vigilance"}
      icon={differs.length === 0 ? "check" : "triangle"}
      role="status"
      action={
        <Button
          variant="primary"
          onPress={() => {
            take(found)
          }}
        >
          {t("insi.take")}
        </Button>
      }
    >
      <Marked
        text={t("insi.found", { name: sentenceName(patient), born: words(patient).born, place: found.birthplace })}
      />{" "}
      {differs.length > 0 &&
        t("insi.differs", {
          traits: new Intl.ListFormat(i18n.language).format(differs.map((each) => t(`trait.${each}`))),
        })}
    </Notice>
  )
}
