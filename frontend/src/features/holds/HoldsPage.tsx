/** Legal holds of an organisation: what is kept beyond its time, since when, and what two officers let go again. */
import "./holds.css"
import { useTranslation } from "react-i18next"
import { useMedia } from "../chat/useMedia.ts"
import { useTitle } from "../shell/title.ts"
import { AT_THE_DESK } from "../trail/desk.ts"
import { DeskHeader } from "../trail/TrailLayout.tsx"
import { BeginHold } from "./BeginHold.tsx"
import { HoldList } from "./HoldList.tsx"

export function HoldsPage() {
  const { t } = useTranslation("holds")
  useTitle(t("title"))
  const isDesk = useMedia(AT_THE_DESK)
  return (
    <div className="desk">
      <DeskHeader title={t("title")} />
      <main className="holds" data-region>
        {isDesk ? <BeginHold /> : <p className="soft">{t("atTheDesk")}</p>}
        <HoldList />
      </main>
    </div>
  )
}
