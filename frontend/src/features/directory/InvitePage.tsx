/** Inviting someone into a circle: who, then on what conditions, under the banner of what the circle is about. */
import "./invite.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import { asId, type Candidate, type Circle, type CircleId, type CircleRow } from "../../core/index.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { ProposedMembers } from "../careteam/ProposedMembers.tsx"
import { Missing } from "../chat/CirclePage.tsx"
import { CircleBanner } from "../chat/CircleBanner.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { useCircles } from "../circles/useCircles.ts"
import { useCircle, useObserved } from "../cordee.ts"
import { TeamDialog } from "../invitations/TeamDialog.tsx"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { CandidateSearch } from "./CandidateSearch.tsx"
import { Conditions } from "./Conditions.tsx"
import { fullName } from "./professional.ts"

export function InvitePage() {
  const { circle = "" } = useParams()
  const { t } = useTranslation("directory")
  useTitle(t("title"))
  const id = idIn(circle)
  return id === null ? <Missing /> : <IntoCircle key={id} id={id} />
}

function idIn(text: string): CircleId | null {
  try {
    return asId<CircleId>(text)
  } catch {
    return null
  }
}

function IntoCircle({ id }: { id: CircleId }) {
  const { t } = useTranslation("directory")
  const { circles } = useCircles()
  const circle = useCircle(id)
  const view = useObserved(circle.view)
  const row = view.detail ?? circles?.find((each) => each.row.id === id)?.row
  if (row === undefined) {
    return circles === null ? (
      <p className="circle-asking" role="status">
        {t("asking")}
      </p>
    ) : (
      <Missing />
    )
  }
  // The server's word; the address alone opens nothing.
  if (!view.abilities.includes("invite") && view.detail !== null) return <Missing />
  return <Inviting circle={circle} row={row} />
}

function Inviting({ circle, row }: { circle: Circle; row: CircleRow }) {
  const { t } = useTranslation("directory")
  const { near } = useCircles()
  const phone = useMedia("(max-width: 960px)")
  const [chosen, setChosen] = useState<Candidate | null>(null)
  const [team, setTeam] = useState(false)
  const conditions = chosen && (
    <Conditions
      key={chosen.role}
      circle={circle}
      row={row}
      candidate={chosen}
      onCancel={() => {
        setChosen(null)
      }}
    />
  )

  return (
    <div className={`invite ${ropeClass(row)}`}>
      <CircleBanner row={row} near={near.get(row.id) ?? []}>
        <span className="desk-only small soft invite-where">{t("where")}</span>
        <IconButton icon="cross" label={t("close")} href={paths.circle(row.id)} />
      </CircleBanner>
      <div className="invite-sides">
        {phone && chosen !== null ? (
          <main className="invite-conditions-page">
            <div>
              <Button
                variant="quiet"
                icon="left"
                onPress={() => {
                  setChosen(null)
                }}
              >
                {t("someoneElse")}
              </Button>
            </div>
            {conditions}
          </main>
        ) : (
          <>
            <main className="invite-who" data-region>
              <div className="invite-head">
                <h2 className="invite-title">{t("who")}</h2>
                {row.kind !== "direct" && (
                  <Button
                    icon="people"
                    onPress={() => {
                      setTeam(true)
                    }}
                  >
                    {t("team")}
                  </Button>
                )}
              </div>
              {row.patient !== null && row.parent === null && (
                <ProposedMembers circle={circle} onChoose={setChosen} />
              )}
              <CandidateSearch
                circle={circle}
                patient={row.patient}
                isFew={row.parent !== null || row.kind === "direct"}
                chosen={chosen}
                onChoose={setChosen}
              />
            </main>
            {!phone && (
              <aside className="invite-side" aria-label={t("conditions")} data-region>
                {conditions ?? <p className="invite-nobody">{t("nobodyChosen")}</p>}
              </aside>
            )}
          </>
        )}
      </div>
      <TeamDialog
        circle={circle}
        row={row}
        isOpen={team}
        onClose={() => {
          setTeam(false)
        }}
      />
      <span className="unseen" role="status">
        {chosen && t("chosen", { name: fullName(chosen) })}
      </span>
    </div>
  )
}
