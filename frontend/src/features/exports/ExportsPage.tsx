/** Exports of an organisation's trail: what was chosen in the journal, asked for with a reason; what was asked for before. */
import "./exports.css"
import { useTranslation } from "react-i18next"
import { useMedia } from "../chat/useMedia.ts"
import { useTitle } from "../shell/title.ts"
import { AT_THE_DESK } from "../trail/desk.ts"
import { DeskHeader } from "../trail/TrailLayout.tsx"
import { AskExport } from "./AskExport.tsx"
import { ExportList } from "./ExportList.tsx"

export function ExportsPage() {
  const { t } = useTranslation("exports")
  useTitle(t("title"))
  const isDesk = useMedia(AT_THE_DESK)
  return (
    <div className="desk">
      <DeskHeader title={t("title")} />
      <main className="exports" data-region>
        {isDesk ? <AskExport /> : <p className="soft">{t("atTheDesk")}</p>}
        <ExportList />
      </main>
    </div>
  )
}
