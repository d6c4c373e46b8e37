/** The rows of the home, in their groups: one list for the arrow keys, typing ahead on the family name. */
import { Fragment, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { GridList, GridListHeader, GridListItem, GridListSection } from "react-aria-components"
import type { CircleId, CirclePatient, CircleSummary, Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Chip, Count } from "../../ui/Chip.tsx"
import { timeOf } from "../chat/asTold.ts"
import { paths } from "../shell/paths.ts"
import { CircleSeal } from "./CircleSeal.tsx"
import { circleTitle, fullTitle, useCircleWords, type Titled } from "./circleTitle.ts"
import { isBelow, type CircleGroups } from "./groups.ts"
import { LastMessage } from "./LastMessage.tsx"
import { sexOf, useSexWords } from "./patient.ts"

type Near = ReadonlyMap<CircleId, readonly CirclePatient[]>

interface CircleListProps {
  groups: CircleGroups
  near: Near
  query: string
  onInvitation: (invitation: Invitation) => void
}

export function CircleList({ groups, near, query, onInvitation }: CircleListProps) {
  const { t } = useTranslation("circles")
  const waits = groups.invitations.length + groups.waiting.length > 0
  return (
    <GridList
      className="circle-list"
      aria-label={t("home.title")}
      renderEmptyState={() => (
        <p className="home-empty">{query === "" ? t("home.none") : t("home.notFound", { query })}</p>
      )}
    >
      {waits && (
        <GridListSection className="circle-group" id="waiting">
          <GridListHeader className="circle-group-head">
            {t("home.groups.waiting")} <small>{t("home.groups.waitingNote")}</small>
          </GridListHeader>
          <Fragment>
            {groups.waiting.map((circle) => circleRow(circle, near, isBelow(circle, groups.waiting)))}
            {groups.invitations.map((invitation) => (
              <GridListItem
                key={invitation.id}
                id={invitation.id}
                className="circle-row"
                textValue={`${fullTitle(invitation)}, ${t("row.invitation")}`}
                onAction={() => {
                  onInvitation(invitation)
                }}
              >
                <InvitationRow invitation={invitation} isNear={near.has(invitation.circle)} />
              </GridListItem>
            ))}
          </Fragment>
        </GridListSection>
      )}
      {groups.unread.length > 0 && (
        <GridListSection className="circle-group" id="unread">
          <GridListHeader className="circle-group-head">{t("home.groups.unread")}</GridListHeader>
          <Fragment>{groups.unread.map((circle) => circleRow(circle, near, isBelow(circle, groups.unread)))}</Fragment>
        </GridListSection>
      )}
      {groups.recent.length > 0 && (
        <GridListSection className="circle-group" id="recent">
          <GridListHeader className="circle-group-head">{t("home.groups.recent")}</GridListHeader>
          <Fragment>{groups.recent.map((circle) => circleRow(circle, near, isBelow(circle, groups.recent)))}</Fragment>
        </GridListSection>
      )}
    </GridList>
  )
}

function circleRow(circle: CircleSummary, near: Near, below: boolean): ReactNode {
  return (
    <GridListItem
      key={circle.row.id}
      id={circle.row.id}
      href={paths.circle(circle.row.id)}
      className={rowClass(circle, below)}
      textValue={fullTitle(circle.row)}
    >
      <CircleRow circle={circle} isNear={near.has(circle.row.id)} />
    </GridListItem>
  )
}

function rowClass({ composer }: CircleSummary, below: boolean): string {
  return ["circle-row", composer === "refused" && "circle-row-urgent", below && "circle-row-part"]
    .filter(Boolean)
    .join(" ")
}

function CircleRow({ circle, isNear }: { circle: CircleSummary; isNear: boolean }) {
  const { t } = useTranslation("circles")
  const dates = useDates()
  const { row, last, unread } = circle
  return (
    <>
      <CircleSeal of={row} />
      <Who of={row} isNear={isNear} />
      <p className="circle-row-last">
        <LastMessage circle={circle} />
      </p>
      <div className="circle-row-state">
        <time className="mini faint">{dates.brief(last === null ? row.opened : timeOf(last))}</time>
        <span className="circle-row-chips">
          <StateChip circle={circle} />
          {unread > 0 && <Count value={unread} meaning={t("row.unread", { count: unread })} />}
          {isNear && <NearChip phone />}
        </span>
      </div>
    </>
  )
}

/** At most one word about the state of a circle; a circle that is up to date has none. */
function StateChip({ circle }: { circle: CircleSummary }) {
  const { t } = useTranslation(["circles", "reaching"])
  const { row, composer, mentioned, toConfirm, unsent } = circle
  if (composer === "refused") {
    return (
      <Chip tone="urgent-filled" icon="shield-cross">
        {t("row.refused")}
      </Chip>
    )
  }
  if (toConfirm !== null) {
    return (
      <Chip tone="urgent" icon="triangle">
        {t("reaching:row.toConfirm", { count: toConfirm.count })}
      </Chip>
    )
  }
  if (mentioned > 0) return <Chip tone="action">{t("reaching:row.mentioned")}</Chip>
  if (composer === "left") return <Chip icon="leave">{t("row.left")}</Chip>
  if (row.state === "closed") return <Chip>{t("row.closed")}</Chip>
  if (unsent > 0) {
    return (
      <Chip tone="vigilance" icon="clock">
        {t("row.unsent", { count: unsent })}
      </Chip>
    )
  }
  if (composer === "joining") return <Chip icon="clock">{t("row.joining")}</Chip>
  if (row.patient?.identity_status === "provisional") return <Chip tone="vigilance">{t("row.provisional")}</Chip>
  return null
}

function InvitationRow({ invitation, isNear }: { invitation: Invitation; isNear: boolean }) {
  const { t } = useTranslation("circles")
  const dates = useDates()
  const sexWords = useSexWords()
  const { inviter } = invitation
  return (
    <>
      <CircleSeal of={invitation} />
      <Who of={invitation} isNear={isNear} />
      <p className="circle-row-last">
        <b>{t("row.invitedBy", { name: inviter.name, profession: inviter.profession.label.toLocaleLowerCase() })}</b>
        {t("row.answerBefore", {
          ground: t(`ground.${invitation.ground}.asTitle`, sexWords(sexOf(invitation.patient))),
          date: dates.numeric(invitation.expires),
        })}
      </p>
      <div className="circle-row-state">
        <time className="mini faint">{dates.brief(invitation.created)}</time>
        <span className="circle-row-chips">
          {invitation.admission === "asked" ? (
            <Chip icon="clock">{t("row.asked")}</Chip>
          ) : (
            <Chip tone="action" icon="door">
              {t("row.invitation")}
            </Chip>
          )}
          {isNear && <NearChip phone />}
        </span>
      </div>
    </>
  )
}

function Who({ of: titled, isNear }: { of: Titled; isNear: boolean }) {
  const { t } = useTranslation("kinds")
  const { line } = useCircleWords()(titled)
  return (
    <div className="circle-row-who">
      <p className="circle-row-name">
        <span className="name">{circleTitle(titled)}</span>
        {titled.patient !== null && titled.name !== null && <Chip>{t("compartment", { name: titled.name })}</Chip>}
        {isNear && <NearChip />}
      </p>
      <p className="small soft">{line}</p>
    </div>
  )
}

/** Beside the name at the desk, among the other chips on a phone. */
function NearChip({ phone = false }: { phone?: boolean }) {
  const { t } = useTranslation("circles")
  return (
    <span className={phone ? "phone-only" : "desk-only"}>
      <Chip tone="vigilance" icon="triangle">
        {t("near")}
      </Chip>
    </span>
  )
}
