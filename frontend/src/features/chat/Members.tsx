/**
 * Who is on the rope: each with profession, sector, structure, role, ground and end; what a coordinator may do about
 * it.
 */
import "./members.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton } from "react-aria-components"
import type { Circle, CircleRow, Member, Sex, Trust, UserId } from "../../core/index.ts"
import { daysBetween, useDates } from "../../locales/dates.ts"
import { dayOf, useToday } from "../../locales/today.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { LinkButton } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { useMe } from "../auth/me.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { useObserved } from "../cordee.ts"
import { initialsOf, listedName } from "../directory/professional.ts"
import { AbsenceChip } from "../network/Away.tsx"
import { InvitedRow } from "../invitations/InvitedRow.tsx"
import { PersonDialog } from "../people/PersonDialog.tsx"
import { TrustBadge } from "../people/TrustBadge.tsx"
import { paths } from "../shell/paths.ts"
import { Compartments } from "./Compartments.tsx"
import { EncryptionCard } from "./EncryptionCard.tsx"
import { EndDialog, type Ending } from "./EndDialog.tsx"

/** From how close an end of access is pointed out. */
const SOON_DAYS = 7

export function Members({ circle, row }: { circle: Circle; row: CircleRow }) {
  const { t } = useTranslation("chat")
  const view = useObserved(circle.view)
  const me = useMe()
  const [ending, setEnding] = useState<Ending | null>(null)
  const [shown, setShown] = useState<UserId | null>(null)
  const members = view.detail?.members ?? []
  const invitations = view.detail?.invitations ?? []
  const mayRemove = view.abilities.includes("remove")
  const trustOf = (user: UserId) => view.people.get(user)?.trust ?? "not_verified"

  return (
    <aside className="members" aria-label={t("members.title")} data-region>
      <header className="members-head">
        <h2>
          {t("members.title")}{" "}
          <span className="members-count">{members.length === 0 ? row.member_count : members.length}</span>
        </h2>
        {view.abilities.includes("invite") && (row.kind !== "direct" || members.length + invitations.length < 2) && (
          <LinkButton href={paths.invite(row.id)} icon="plus">
            {t("members.invite")}
          </LinkButton>
        )}
      </header>
      <div className="members-list" role="group" aria-label={t("members.title")} tabIndex={0}>
        <ul>
          {members.map((member) => (
            <MemberRow
              key={member.user}
              member={member}
              sex={sexOf(row.patient)}
              isMe={member.user === me.id}
              trust={trustOf(member.user)}
              onOpen={() => {
                setShown(member.user)
              }}
            />
          ))}
        </ul>
        {invitations.length > 0 && (
          <>
            <h3 className="members-part">{t("members.invited")}</h3>
            <ul>
              {invitations.map((invitation) => (
                <InvitedRow
                  key={invitation.id}
                  circle={circle}
                  invitation={invitation}
                  sex={sexOf(row.patient)}
                  trust={trustOf(invitation.user)}
                  onEnd={
                    mayRemove
                      ? () => {
                          setEnding({ user: invitation.user, name: listedName(invitation), pending: true })
                        }
                      : undefined
                  }
                />
              ))}
            </ul>
          </>
        )}
        <Compartments
          row={row}
          compartments={view.detail?.compartments ?? []}
          mayOpen={view.abilities.includes("invite")}
        />
      </div>
      <div className="members-foot">
        <LinkButton href={paths.timeline(row.id)} icon="clock">
          {t("members.timeline")}
        </LinkButton>
        <LinkButton href={paths.circleTrail(row.id)} icon="shield">
          {t("members.trail")}
        </LinkButton>
      </div>
      <EncryptionCard view={view} />
      <PersonDialog
        circle={circle}
        row={row}
        view={view}
        member={members.find(({ user }) => user === shown) ?? null}
        onClose={() => {
          setShown(null)
        }}
      />
      <EndDialog
        circle={circle}
        row={row}
        ending={ending}
        onClose={() => {
          setEnding(null)
        }}
      />
    </aside>
  )
}

interface BelongingProps {
  sex: Sex
  trust: Trust
}

interface MemberRowProps extends BelongingProps {
  member: Member
  isMe: boolean
  onOpen: () => void
}

function MemberRow({ member, sex, trust, isMe, onOpen }: MemberRowProps) {
  const { t } = useTranslation(["chat", "people", "places"])
  const dates = useDates()
  const today = useToday()
  const sexWords = useSexWords()(sex)
  const soon = member.not_after !== null && daysBetween(today, dayOf(member.not_after)) <= SOON_DAYS
  return (
    <li className="member">
      <Avatar initials={initialsOf(member)} sector={member.sector} />
      <div className="member-words">
        <p className="name">
          <AriaButton
            className="member-open"
            aria-label={t("people:sheet.open", { name: listedName(member) })}
            onPress={onOpen}
          >
            {listedName(member)}
          </AriaButton>
          {isMe && <span className="member-me"> ({t("members.you")})</span>}
        </p>
        <Practice of={member} />
        <p className="member-ground">
          <SectorMark sector={member.sector} />
          <span>{t(`members.ground.${member.ground}`, sexWords)}</span>
          {member.not_after !== null && !soon && (
            <span>{t("members.until", { date: dates.numeric(member.not_after) })}</span>
          )}
        </p>
        <p className="member-chips">
          {member.lent_until !== null && (
            <Chip icon="clock">{t("places:lent", { date: dates.numeric(member.lent_until) })}</Chip>
          )}
          {member.role !== "member" && member.lent_until === null && (
            <Chip tone={member.role === "coordinator" ? "action" : "neutral"}>{t(`members.role.${member.role}`)}</Chip>
          )}
          {!isMe && <TrustBadge trust={trust} />}
          <AbsenceChip member={member} />
          {member.not_after !== null && soon && (
            <Chip tone="vigilance" icon="clock">
              {t("members.untilSoon", { count: daysBetween(today, dayOf(member.not_after)) })}
            </Chip>
          )}
        </p>
      </div>
    </li>
  )
}

function Practice({ of: { profession, organisation } }: { of: Pick<Member, "profession" | "organisation"> }) {
  return (
    <p className="member-practice">
      {profession.label}
      {organisation && `, ${organisation.name}`}
    </p>
  )
}
