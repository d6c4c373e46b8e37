/** My circles beside the conversation: the same order as at home, in fewer words. */
import "./circleColumn.css"
import { Fragment, useState, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { GridList, GridListHeader, GridListItem, GridListSection } from "react-aria-components"
import type { CircleId, CirclePatient, CircleSummary, Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { IconButton } from "../../ui/Button.tsx"
import { Chip, Count } from "../../ui/Chip.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { useMe } from "../auth/me.ts"
import { timeOf } from "../chat/asTold.ts"
import { paths } from "../shell/paths.ts"
import { CircleSeal } from "./CircleSeal.tsx"
import { circleTitle, fullTitle, useCircleWords, type Titled } from "./circleTitle.ts"
import { grouped } from "./groups.ts"
import { InvitationDialog } from "./InvitationDialog.tsx"
import { useCircles } from "./useCircles.ts"

export function CircleColumn({ current }: { current: CircleId }) {
  const { t } = useTranslation("circles")
  const { circles, invitations, near } = useCircles()
  const mayOpen = useMe().abilities.includes("open_circle")
  const [query, setQuery] = useState("")
  const [answering, setAnswering] = useState<Invitation | null>(null)
  const groups = grouped(circles ?? [], invitations, query)
  const waits = groups.waiting.length + groups.invitations.length > 0

  return (
    <nav className="column" aria-label={t("home.title")} data-region>
      <header className="column-head">
        <div className="column-title">
          <h2>{t("home.title")}</h2>
          {mayOpen && <IconButton href={paths.openCircle} icon="plus" label={t("home.open")} />}
        </div>
        <SearchField
          compact
          label={t("home.search")}
          placeholder={t("column.searchPlaceholder")}
          value={query}
          onChange={setQuery}
        />
      </header>
      <GridList
        className="column-list"
        aria-label={t("home.title")}
        data-region-focus
        renderEmptyState={() => <p className="column-empty">{t("home.notFound", { query })}</p>}
      >
        {waits && (
          <GridListSection id="waiting">
            <GridListHeader className="column-group">{t("home.groups.waiting")}</GridListHeader>
            <Fragment>
              {groups.waiting.map((circle) => columnRow(circle, current, near))}
              {groups.invitations.map((invitation) => (
                <GridListItem
                  key={invitation.id}
                  id={invitation.id}
                  className="column-row"
                  textValue={`${fullTitle(invitation)}, ${t("row.invitation")}`}
                  onAction={() => {
                    setAnswering(invitation)
                  }}
                >
                  <CircleSeal of={invitation} />
                  <Who of={invitation} isNear={near.has(invitation.circle)} />
                  <div className="column-state">
                    {invitation.admission === "asked" ? (
                      <Chip icon="clock">{t("row.asked")}</Chip>
                    ) : (
                      <Chip tone="action">{t("row.answer")}</Chip>
                    )}
                  </div>
                </GridListItem>
              ))}
            </Fragment>
          </GridListSection>
        )}
        {groups.unread.length > 0 && (
          <GridListSection id="unread">
            <GridListHeader className="column-group">{t("home.groups.unread")}</GridListHeader>
            <Fragment>{groups.unread.map((circle) => columnRow(circle, current, near))}</Fragment>
          </GridListSection>
        )}
        {groups.recent.length > 0 && (
          <GridListSection id="recent">
            <GridListHeader className="column-group">{t("home.groups.recent")}</GridListHeader>
            <Fragment>{groups.recent.map((circle) => columnRow(circle, current, near))}</Fragment>
          </GridListSection>
        )}
      </GridList>
      <InvitationDialog
        invitation={answering}
        near={answering === null ? [] : (near.get(answering.circle) ?? [])}
        onClose={() => {
          setAnswering(null)
        }}
      />
    </nav>
  )
}

function columnRow(
  circle: CircleSummary,
  current: CircleId,
  near: ReadonlyMap<CircleId, readonly CirclePatient[]>,
): ReactNode {
  const { row } = circle
  const here = row.id === current
  return (
    <GridListItem
      key={row.id}
      id={row.id}
      href={paths.circle(row.id)}
      className={here ? "column-row column-row-here" : "column-row"}
      textValue={fullTitle(row)}
    >
      <CircleSeal of={row} />
      <Who of={row} isNear={near.has(row.id)} isHere={here} />
      <State circle={circle} />
    </GridListItem>
  )
}

function Who({ of: titled, isNear, isHere = false }: { of: Titled; isNear: boolean; isHere?: boolean }) {
  const { t } = useTranslation(["circles", "kinds"])
  const { shortLine } = useCircleWords()(titled)
  return (
    <div className="column-who">
      <p className="name small">
        {circleTitle(titled)}
        {isHere && <span className="unseen">, {t("column.here")}</span>}
      </p>
      <p className="mini soft">{shortLine}</p>
      {titled.patient !== null && titled.name !== null && <Chip>{t("kinds:compartment", { name: titled.name })}</Chip>}
      {isNear && (
        <Chip tone="vigilance" icon="triangle">
          {t("near")}
        </Chip>
      )}
    </div>
  )
}

function State({ circle }: { circle: CircleSummary }) {
  const { t } = useTranslation(["circles", "reaching"])
  const dates = useDates()
  const { row, last, mentioned, toConfirm, unread, composer, unsent } = circle
  return (
    <div className="column-state">
      <time>{dates.brief(last === null ? row.opened : timeOf(last))}</time>
      {composer === "refused" ? (
        <Chip tone="urgent-filled" icon="shield-cross">
          {t("row.refusedShort")}
        </Chip>
      ) : toConfirm !== null ? (
        <Chip tone="urgent" icon="triangle">
          {t("reaching:row.toConfirmShort")}
        </Chip>
      ) : mentioned > 0 ? (
        <Chip tone="action">{t("reaching:row.mentioned")}</Chip>
      ) : (
        unsent > 0 && (
          <Chip tone="vigilance" icon="clock">
            {unsent}
            <span className="unseen"> {t("row.unsent", { count: unsent })}</span>
          </Chip>
        )
      )}
      {unread > 0 && <Count value={unread} meaning={t("row.unread", { count: unread })} />}
    </div>
  )
}
