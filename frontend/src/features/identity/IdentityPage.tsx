/** The identity of a circle's patient: what it is, what vouches for it, its datamatrix; a coordinator changes it. */
import "../circles/openCircle.css"
import "./identity.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { useParams } from "react-router"
import { asId, type CircleId, type CircleRow } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { Problem } from "../auth/Problem.tsx"
import { CircleBanner } from "../chat/CircleBanner.tsx"
import { Missing } from "../chat/CirclePage.tsx"
import { useCircles } from "../circles/useCircles.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { ChangeIdentity } from "./ChangeIdentity.tsx"
import { IdentitySheet } from "./IdentitySheet.tsx"

export function IdentityPage() {
  const { circle = "" } = useParams()
  const { t } = useTranslation("identity")
  const { circles } = useCircles()
  useTitle(t("sheet.title"))
  const row = circles?.find((each) => each.row.id === circle)?.row
  if (row === undefined) return circles === null ? <p role="status">{t("sheet.asking")}</p> : <Missing />
  return <Sheet row={row} id={asId<CircleId>(circle)} />
}

function Sheet({ row, id }: { row: CircleRow; id: CircleId }) {
  const { t } = useTranslation("identity")
  const { near } = useCircles()
  const cordee = useCordee()
  const words = useErrorWords()
  const [changing, setChanging] = useState(false)
  const { data, error, refetch } = useQuery({
    queryKey: ["identity", id],
    queryFn: () => cordee.patients.identity(id),
    gcTime: 0,
  })
  const mayChange = row.abilities.includes("invite") && row.parent === null
  return (
    <div className={`identity-screen ${ropeClass(row)}`}>
      <CircleBanner row={row} near={near.get(row.id) ?? []} />
      <main className="screen identity-page">
        <header className="identity-head">
          <h2>{t("sheet.title")}</h2>
          <LinkButton href={paths.circle(id)} icon="left">
            {t("sheet.back")}
          </LinkButton>
        </header>
        <Problem words={error === null ? null : words(error)} />
        {data && !changing && (
          <>
            <IdentitySheet identity={data} />
            {mayChange ? (
              <Button
                variant="primary"
                onPress={() => {
                  setChanging(true)
                }}
              >
                {t("sheet.change")}
              </Button>
            ) : (
              <p className="small soft">{row.parent === null ? t("sheet.coordinators") : t("sheet.main")}</p>
            )}
          </>
        )}
        {data && changing && (
          <ChangeIdentity
            circle={id}
            identity={data}
            done={() => {
              setChanging(false)
              void refetch()
            }}
          />
        )}
      </main>
    </div>
  )
}
