/** The invitations that wait for my answer: who asks, about whom as far as I may know it, until when. */
import "../auth/security.css"
import "../circles/circles.css"
import "./invitations.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { CircleSeal } from "../circles/CircleSeal.tsx"
import { fullTitle, useCircleWords } from "../circles/circleTitle.ts"
import { InvitationDialog } from "../circles/InvitationDialog.tsx"
import { useCircles } from "../circles/useCircles.ts"
import { useTitle } from "../shell/title.ts"

export function InvitationsPage() {
  const { t } = useTranslation("invitations")
  const { circles, invitations, near } = useCircles()
  const [answering, setAnswering] = useState<Invitation | null>(null)
  useTitle(t("page.title"))
  return (
    <main className="screen security invitations">
      <h1 className="security-title">{t("page.title")}</h1>
      <p className="soft">{t("page.note")}</p>
      {invitations.length === 0 ? (
        <p className="home-empty" role="status">
          {circles === null ? t("page.asking") : t("page.none")}
        </p>
      ) : (
        <ul className="invitation-list" aria-label={t("page.title")}>
          {invitations.map((invitation) => (
            <InvitationCard
              key={invitation.id}
              invitation={invitation}
              onAnswer={() => {
                setAnswering(invitation)
              }}
            />
          ))}
        </ul>
      )}
      <InvitationDialog
        invitation={answering}
        near={answering === null ? [] : (near.get(answering.circle) ?? [])}
        onClose={() => {
          setAnswering(null)
        }}
      />
    </main>
  )
}

function InvitationCard({ invitation, onAnswer }: { invitation: Invitation; onAnswer: () => void }) {
  const { t } = useTranslation("invitations")
  const dates = useDates()
  const { line } = useCircleWords()(invitation)
  const { admission, expires, inviter } = invitation
  return (
    <li className="invitation-card">
      <CircleSeal of={invitation} />
      <div className="invitation-card-words">
        <h2 className="name">{fullTitle(invitation)}</h2>
        <p className="small soft">{line}</p>
        <p>
          {t("page.from", { name: inviter.name })} {inviter.profession.label}
          {inviter.organisation && `, ${inviter.organisation.name}`}
        </p>
        <p className="member-chips">
          {admission === "asked" ? (
            <Chip icon="clock">{t("page.asked")}</Chip>
          ) : (
            <Chip icon="clock">{t("page.before", { date: dates.numeric(expires) })}</Chip>
          )}
        </p>
      </div>
      <Button variant={admission === "asked" ? "plain" : "primary"} onPress={onAnswer}>
        {t(admission === "asked" ? "page.see" : "page.answer")}
      </Button>
    </li>
  )
}
