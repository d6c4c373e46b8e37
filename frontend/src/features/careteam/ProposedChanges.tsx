/** What a program would change in a circle: told to its coordinators above the conversation. */
import { useTranslation } from "react-i18next"
import type { CircleId } from "../../core/index.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { useChanges } from "./useChanges.ts"

export function ProposedChanges({ circle }: { circle: CircleId }) {
  const { t, i18n } = useTranslation("careteam")
  const cordee = useCordee()
  const act = useAct()
  const { data, refetch } = useChanges(circle)
  const [first] = data?.members ?? []
  const closing = data?.closing ?? null
  if (data === undefined || (first === undefined && closing === null)) return null
  const names = new Intl.ListFormat(i18n.language).format(data.members.map(fullName))
  return (
    <section className="waiting" aria-label={t("changes.label")} role="status">
      {first !== undefined && (
        <Notice icon="people" action={<LinkButton href={paths.invite(circle)}>{t("changes.see")}</LinkButton>}>
          {t("changes.members", { ...first.source, names, count: data.members.length })}
        </Notice>
      )}
      {closing !== null && (
        <Notice
          action={
            <Button
              isPending={act.running}
              onPress={() => {
                act.run(async () => {
                  await cordee.careTeams.putAside(closing.id, "")
                  await refetch()
                })
              }}
            >
              {t("changes.keep")}
            </Button>
          }
        >
          {t("changes.closing", { ...closing.source })}
        </Notice>
      )}
      <Problem words={act.problem} />
    </section>
  )
}
