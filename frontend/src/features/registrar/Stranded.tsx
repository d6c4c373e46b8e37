/**
 * Circles in which no coordinator has a device any more: one of the members takes over. The registrar sees who is in
 * such a circle, never for whom it is.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { OrganisationId, StrandedCircle } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { withKey } from "./withKey.ts"

interface Choice {
  readonly circle: StrandedCircle
  readonly member: StrandedCircle["members"][number]
}

export function Stranded({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("registrar")
  const cordee = useCordee()
  const words = useErrorWords()
  const dates = useDates()
  const { data, error } = useQuery({
    queryKey: ["stranded", organisation],
    queryFn: () => cordee.strandedCircles(organisation),
  })
  const [chosen, setChosen] = useState<Choice | null>(null)
  const close = () => {
    setChosen(null)
  }
  return (
    <>
      <h3>{t("stranded.title")}</h3>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p className="small soft">{t("stranded.none")}</p>}
      {data?.map((circle) => (
        <div key={circle.id} className="stranded">
          <p className="name">{t("stranded.opened", { date: dates.numeric(circle.opened) })}</p>
          <ul>
            {circle.members.map((member) => (
              <li key={member.user} className="stranded-member">
                <span>
                  {member.name}, <span className="soft">{member.profession.label}</span>
                </span>
                <Button
                  aria-label={t("stranded.giveTo", { name: member.name })}
                  onPress={() => {
                    setChosen({ circle, member })
                  }}
                >
                  {t("stranded.give")}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <Dialog title={t("stranded.question")} role="alertdialog" isOpen={chosen !== null} onClose={close}>
        {chosen && <Giving organisation={organisation} choice={chosen} onClose={close} />}
      </Dialog>
    </>
  )
}

interface GivingProps {
  organisation: OrganisationId
  choice: Choice
  onClose: () => void
}

function Giving({ organisation, choice: { circle, member }, onClose }: GivingProps) {
  const { t } = useTranslation("registrar")
  const cordee = useCordee()
  const queries = useQueryClient()
  const dates = useDates()
  const act = useAct()
  const { name, profession, user } = member
  const give = async () => {
    await withKey(() => cordee.restoreCoordinator(organisation, circle.id, user))
    await queries.invalidateQueries({ queryKey: ["stranded", organisation] })
    onClose()
    toast(t("stranded.done", { name }))
  }
  return (
    <>
      <p>{t("stranded.what", { name, profession: profession.label, date: dates.numeric(circle.opened) })}</p>
      <p className="small soft">{t("stranded.seen")}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            act.run(give)
          }}
        >
          {t("stranded.submit", { name })}
        </Button>
      </div>
    </>
  )
}
