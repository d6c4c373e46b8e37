/** A member's card: on what terms they are here, who stands behind their identity, their devices; what I may do. */
import "./person.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleRow, CircleView, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { useMe } from "../auth/me.ts"
import { EndDialog } from "../chat/EndDialog.tsx"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName, listedName } from "../directory/professional.ts"
import { AbsenceNotice } from "../network/ProfileParts.tsx"
import { HandOverDialog } from "../places/HandOverDialog.tsx"
import { MemberTerms } from "../places/MemberTerms.tsx"
import { MemberWishes } from "../places/MemberWishes.tsx"
import { paths } from "../shell/paths.ts"
import { HistoryDialog } from "./HistoryDialog.tsx"
import { LeaveDialog } from "./LeaveDialog.tsx"
import { MemberDevices } from "./MemberDevices.tsx"
import { RoleDialog } from "./RoleDialog.tsx"
import { SafetyDialog } from "./SafetyDialog.tsx"
import { TrustBadge } from "./TrustBadge.tsx"

interface CardProps {
  circle: Circle
  row: CircleRow
  view: CircleView
  member: Member
  onClose: () => void
}

export function PersonDialog({ member, ...card }: Omit<CardProps, "member"> & { member: Member | null }) {
  return (
    <Dialog title={member === null ? "" : fullName(member)} isOpen={member !== null} onClose={card.onClose}>
      {member && <Card {...card} member={member} />}
    </Dialog>
  )
}

type Doing = "compare" | "role" | "handOver" | "history" | "end" | "leave"

function Card({ circle, row, view, member, onClose }: CardProps) {
  const { t } = useTranslation("people")
  const me = useMe()
  const [doing, setDoing] = useState<Doing | null>(null)
  const isMe = member.user === me.id
  const mayDecide = !isMe && view.abilities.includes("remove")
  const mayGive = !isMe && view.abilities.includes("grant_history") && member.role !== "guest"
  const coordinators = (view.detail?.members ?? []).filter(({ role }) => role === "coordinator")
  const stop = () => {
    setDoing(null)
  }
  const begin = (what: Doing) => () => {
    setDoing(what)
  }

  return (
    <>
      <AbsenceNotice whose={member} />
      <Terms row={row} view={view} member={member} isMe={isMe} />
      <MemberDevices circle={circle} view={view} member={member} mayEnd={mayDecide} />
      <div className="person-acts">
        <LinkButton href={isMe ? paths.profile : paths.person(member.practitioner)} icon="person">
          {t("sheet.profile")}
        </LinkButton>
        {!isMe && (
          <Button icon="shield" onPress={begin("compare")}>
            {t("sheet.compare")}
          </Button>
        )}
        {mayGive && (
          <Button icon="eye" onPress={begin("history")}>
            {t("sheet.history")}
          </Button>
        )}
        {mayDecide && (
          <>
            <Button icon="people" onPress={begin("role")}>
              {t("sheet.changeRole")}
            </Button>
            {(member.role === "member" || member.lent_until !== null) && row.kind !== "direct" && (
              <Button icon="key" onPress={begin("handOver")}>
                {t("sheet.handOver")}
              </Button>
            )}
            {row.patient !== null && <MemberWishes circle={circle} row={row} member={member} />}
            <Button variant="danger-outline" icon="leave" onPress={begin("end")}>
              {t("sheet.remove")}
            </Button>
          </>
        )}
        {isMe && view.composer.state !== "left" && (
          <Button variant="danger-outline" icon="leave" onPress={begin("leave")}>
            {t("sheet.leave")}
          </Button>
        )}
      </div>
      <SafetyDialog
        person={doing === "compare" ? { user: member.user, name: fullName(member) } : null}
        onClose={stop}
      />
      <RoleDialog circle={circle} member={member} isOpen={doing === "role"} onClose={stop} />
      <HandOverDialog circle={circle} member={member} isOpen={doing === "handOver"} onClose={stop} />
      <HistoryDialog circle={circle} member={member} isOpen={doing === "history"} onClose={stop} />
      <EndDialog
        circle={circle}
        row={row}
        ending={doing === "end" ? { user: member.user, name: listedName(member), pending: false } : null}
        onClose={stop}
      />
      <LeaveDialog
        circle={circle}
        row={row}
        isLast={row.kind !== "direct" && coordinators.length === 1 && coordinators[0]?.user === me.id}
        isOpen={doing === "leave"}
        onClose={stop}
      />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("sheet.close")}</Button>
      </div>
    </>
  )
}

function Terms({ row, view, member, isMe }: Pick<CardProps, "row" | "view" | "member"> & { isMe: boolean }) {
  const { t } = useTranslation(["people", "chat"])
  const dates = useDates()
  const sexWords = useSexWords()(sexOf(row.patient))
  return (
    <dl className="facts">
      <dt>{t("sheet.role")}</dt>
      <dd>{t(`sheet.roles.${member.role}`)}</dd>
      <dt>{t("sheet.ground")}</dt>
      <dd>{t(`chat:members.ground.${member.ground}`, sexWords)}</dd>
      <MemberTerms row={row} view={view} member={member} />
      <dt>{t("sheet.end")}</dt>
      <dd>{member.not_after === null ? t("sheet.noEnd") : dates.numeric(member.not_after)}</dd>
      <dt>{t("sheet.since")}</dt>
      <dd>{dates.numeric(member.since)}</dd>
      {!isMe && (
        <>
          <dt>{t("sheet.identity")}</dt>
          <dd>
            <TrustBadge trust={view.people.get(member.user)?.trust ?? "not_verified"} />
          </dd>
        </>
      )}
    </dl>
  )
}
