/**
 * A circle: my list, the conversation under its banner, the members. Narrow windows turn the sides into
 * drawers.
 */
import "./circle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import { asId, type Circle, type CircleId, type CircleRow } from "../../core/index.ts"
import { Drawer } from "../../ui/Dialog.tsx"
import { IconButton, LinkButton } from "../../ui/Button.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { CircleColumn } from "../circles/CircleColumn.tsx"
import { useCircles } from "../circles/useCircles.ts"
import { ProposedChanges } from "../careteam/ProposedChanges.tsx"
import { useCircle, useObserved } from "../cordee.ts"
import { BreakGlassNotices } from "../identity/BreakGlasses.tsx"
import { JoinRequests } from "../identity/JoinRequests.tsx"
import { Newcomers } from "../people/Newcomers.tsx"
import { Unproved } from "../people/Unproved.tsx"
import { Waiting } from "../people/Waiting.tsx"
import { ClosedNotice } from "../places/ClosedNotice.tsx"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { CircleBanner } from "./CircleBanner.tsx"
import { Composer } from "./Composer.tsx"
import { Conversation } from "./Conversation.tsx"
import { Members } from "./Members.tsx"
import { useTabIcon } from "./tabIcon.ts"
import { useMedia } from "./useMedia.ts"

export function CirclePage() {
  const { circle = "" } = useParams()
  const { t } = useTranslation("chat")
  useTitle(t("title"))
  const id = idIn(circle)
  if (id === null) return <Missing />
  return <KnownCircle key={id} id={id} />
}

function idIn(text: string): CircleId | null {
  try {
    return asId<CircleId>(text)
  } catch {
    return null
  }
}

function KnownCircle({ id }: { id: CircleId }) {
  const { t } = useTranslation("chat")
  const { circles } = useCircles()
  const circle = useCircle(id)
  const view = useObserved(circle.view)
  const row = view.detail ?? circles?.find((each) => each.row.id === id)?.row
  if (row !== undefined) return <OpenedCircle circle={circle} row={row} />
  if (circles === null)
    return (
      <p className="circle-asking" role="status">
        {t("asking")}
      </p>
    )
  return <Missing />
}

function OpenedCircle({ circle, row }: { circle: Circle; row: CircleRow }) {
  const { t } = useTranslation(["chat", "identity", "network"])
  const { near } = useCircles()
  const view = useObserved(circle.view)
  useTabIcon(row)
  const [open, setOpen] = useState<"list" | "members" | null>(null)
  const membersBeside = useMedia("(min-width: 1180px)")
  const listBeside = useMedia("(min-width: 960px)")
  const close = () => {
    setOpen(null)
  }
  const memberCount = view.detail?.members.length ?? row.member_count

  return (
    <div className="circle">
      {listBeside && <CircleColumn current={row.id} />}
      <main className={`conversation ${ropeClass(row)}${row.patient === null ? " rope-none" : ""}`}>
        <CircleBanner row={row} near={near.get(row.id) ?? []}>
          {!listBeside && (
            <span className="desk-only">
              <IconButton
                icon="circles"
                label={t("openList")}
                onPress={() => {
                  setOpen("list")
                }}
              />
            </span>
          )}
          {row.patient !== null && (
            <IconButton icon="file" label={t("identity:sheet.open")} href={paths.identity(row.id)} />
          )}
          {row.kind === "team" && (
            <IconButton icon="calendar" label={t("network:team.open")} href={paths.team(row.id)} />
          )}
          {!membersBeside && (
            <IconButton
              icon="people"
              label={t("openMembers", { count: memberCount })}
              onPress={() => {
                setOpen("members")
              }}
            />
          )}
          <span className="phone-only">
            <IconButton icon="cross" label={t("closeCircle")} href={paths.circles} />
          </span>
        </CircleBanner>
        <ClosedNotice circle={circle} view={view} />
        <Waiting circle={circle} view={view} />
        <Unproved view={view} />
        {row.patient !== null && row.abilities.includes("invite") && <JoinRequests circle={circle} />}
        {row.patient !== null && row.abilities.includes("invite") && <ProposedChanges circle={row.id} />}
        {row.patient !== null && <BreakGlassNotices circle={row.id} />}
        {view.readUpTo > 0 && <Newcomers circle={circle} view={view} />}
        <Conversation circle={circle} />
        <Composer circle={circle} row={row} near={near.get(row.id) ?? []} />
      </main>
      {membersBeside && <Members circle={circle} row={row} />}
      {!listBeside && (
        <Drawer label={t("list")} side="start" isOpen={open === "list"} onClose={close}>
          <CircleColumn current={row.id} />
        </Drawer>
      )}
      {!membersBeside && (
        <Drawer label={t("members.title")} side="end" isOpen={open === "members"} onClose={close}>
          <Members circle={circle} row={row} />
        </Drawer>
      )}
    </div>
  )
}

/** Absent and forbidden look alike. */
export function Missing() {
  const { t } = useTranslation("chat")
  return (
    <main className="screen circle-missing">
      <h1>{t("missing.title")}</h1>
      <p className="soft">{t("missing.explanation")}</p>
      <LinkButton href={paths.circles} variant="primary">
        {t("missing.back")}
      </LinkButton>
    </main>
  )
}
