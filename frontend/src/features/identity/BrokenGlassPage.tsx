/** What breaking the glass shows, for thirty minutes: whom to call, and who else is in the circle. */
import "./identity.css"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { useNavigate, useParams } from "react-router"
import { asId, type BreakGlass, type BreakGlassId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"

export function BrokenGlassPage() {
  const { access = "" } = useParams()
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  useTitle(t("glass.pageTitle"))
  const { data, isPending } = useQuery({
    queryKey: ["broken glass", access],
    queryFn: () => cordee.patients.brokenGlass(asId<BreakGlassId>(access)),
    refetchInterval: 60_000, // it ends by itself
    gcTime: 0,
    retry: false,
  })
  return (
    <main className="screen identity-page">
      <h1>{t("glass.pageTitle")}</h1>
      {isPending && <p role="status">{t("glass.asking")}</p>}
      {!isPending && data === undefined && (
        <>
          <p>{t("glass.over")}</p>
          <LinkButton href={paths.patients} variant="primary">
            {t("find.title")}
          </LinkButton>
        </>
      )}
      {data && <Shown glass={data} />}
    </main>
  )
}

function Shown({ glass }: { glass: BreakGlass }) {
  const { t } = useTranslation("identity")
  const dates = useDates()
  const cordee = useCordee()
  const navigate = useNavigate()
  const act = useAct()
  const others = glass.members.filter(({ role }) => role !== "coordinator")
  const end = () => {
    act.run(async () => {
      await cordee.patients.endBreakGlass(glass.id)
      await navigate(paths.circles, { replace: true })
    })
  }
  return (
    <>
      <Notice role="status" action={<Button onPress={end}>{t("glass.end")}</Button>}>
        {t("glass.until", { hour: dates.hour(glass.until) })}
      </Notice>
      <Problem words={act.problem} />
      <section className="card" aria-labelledby="glass-coordinators">
        <h2 id="glass-coordinators">{t("glass.coordinators")}</h2>
        <ul className="glass-people">
          {glass.coordinators.map((each) => (
            <li key={each.email}>
              <b>{fullName(each)}</b>
              <span className="soft">
                {[each.profession.label, each.organisation?.name].filter(Boolean).join(", ")}
              </span>
              <a href={`mailto:${each.mssante ?? each.email}`}>{each.mssante ?? each.email}</a>
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-labelledby="glass-members">
        <h2 id="glass-members">{t("glass.members")}</h2>
        {others.length === 0 ? (
          <p className="soft">{t("glass.noOthers")}</p>
        ) : (
          <ul className="glass-people">
            {others.map((each) => (
              <li key={`${each.name} ${each.profession.code}`}>
                <b>{fullName(each)}</b>
                <span className="soft">
                  {[each.profession.label, each.organisation?.name].filter(Boolean).join(", ")}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  )
}
