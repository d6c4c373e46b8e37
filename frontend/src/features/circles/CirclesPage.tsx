/** The home: my circles in the order in which they need me. */
import "./circles.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useToday } from "../../locales/today.ts"
import { IconButton, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { useMe } from "../auth/me.ts"
import { ProposedCircles } from "../careteam/ProposedCircles.tsx"
import { useCordee, useObserved } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { CircleList } from "./CircleList.tsx"
import { grouped, type ShownKind } from "./groups.ts"
import { HomeAside } from "./HomeAside.tsx"
import { InvitationDialog } from "./InvitationDialog.tsx"
import { KindTools } from "./KindTools.tsx"
import { useCircles } from "./useCircles.ts"

export function CirclesPage() {
  const { t } = useTranslation("circles")
  const { circles, invitations, near } = useCircles()
  const connection = useObserved(useCordee().connection)
  const mayOpen = useMe().abilities.includes("open_circle")
  const [query, setQuery] = useState("")
  const [kind, setKind] = useState<ShownKind>("all")
  const [answering, setAnswering] = useState<Invitation | null>(null)
  useTitle(t("home.title"))

  return (
    <div className="home">
      <main className="home-main">
        <div className="home-head">
          <div>
            <h1>{t("home.title")}</h1>
            <Summary />
          </div>
          {mayOpen && (
            <>
              <span className="desk-only home-ways">
                <LinkButton href={paths.patients} icon="search">
                  {t("home.find")}
                </LinkButton>
                <LinkButton href={paths.openCircle} variant="primary" icon="plus">
                  {t("home.open")}
                </LinkButton>
              </span>
              <span className="phone-only">
                <IconButton href={paths.patients} icon="people" label={t("home.find")} />
                <IconButton href={paths.openCircle} icon="plus" label={t("home.open")} />
              </span>
            </>
          )}
        </div>
        <div className="home-tools">
          <SearchField
            label={t("home.search")}
            placeholder={t("home.searchPlaceholder")}
            value={query}
            onChange={setQuery}
          />
          <KindTools kind={kind} onChange={setKind} />
        </div>
        {connection === "offline" && (
          <div className="home-notice">
            <Notice tone="neutral" icon="no-network" role="status">
              {t("home.offline")}
            </Notice>
          </div>
        )}
        <ProposedCircles />
        {circles === null ? (
          <p className="home-empty" role="status">
            {t("home.asking")}
          </p>
        ) : (
          <CircleList
            groups={grouped(circles, invitations, query, kind)}
            near={near}
            query={query}
            onInvitation={setAnswering}
          />
        )}
      </main>
      <HomeAside onInvitation={setAnswering} />
      <InvitationDialog
        invitation={answering}
        near={answering === null ? [] : (near.get(answering.circle) ?? [])}
        onClose={() => {
          setAnswering(null)
        }}
      />
    </div>
  )
}

/** `Jeudi 27 novembre. 4 cercles vous attendent, 19 sont à jour.` */
function Summary() {
  const { t } = useTranslation("circles")
  const { circles, invitations } = useCircles()
  const dates = useDates()
  const today = useToday()
  if (circles === null) return null
  const waiting =
    invitations.length + circles.filter((circle) => circle.unread > 0 || circle.composer === "refused").length
  const quiet = circles.length + invitations.length - waiting
  return (
    <p className="small soft desk-only">
      {dates.fullDay(today)}. {waiting === 0 ? t("home.nothingWaits") : t("home.waiting", { count: waiting })}
      {waiting > 0 && quiet > 0 && t("home.quiet", { count: quiet })}
      {waiting > 0 && "."}
    </p>
  )
}
