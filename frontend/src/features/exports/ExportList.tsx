/** What was asked for: how far it is, the file while it may be fetched. Looked at again while something is being made. */
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { Label, ProgressBar } from "react-aria-components"
import type { TrailExport } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Icon } from "../../ui/Icon.tsx"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useSizeWords } from "../files/size.ts"
import { useDesk } from "../trail/desk.ts"

/** As long as a step of the server's takes. */
const AGAIN = 3_000

export function ExportList() {
  const { t } = useTranslation("exports")
  const { exports } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const { data, error } = useQuery({
    queryKey: ["exports", id],
    queryFn: () => exports.list(id),
    refetchInterval: ({ state }) => (state.data?.some((each) => each.state === "waiting") ? AGAIN : false),
  })
  return (
    <section className="exports-list" aria-label={t("list")}>
      <h2>{t("list")}</h2>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p className="soft">{t("none")}</p>}
      <ul>
        {data?.map((each) => (
          <li key={each.id} className="exports-row">
            <Row each={each} address={exports.address(id, each.id)} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Row({ address, each }: { address: string; each: TrailExport }) {
  const { t } = useTranslation("exports")
  const dates = useDates()
  const size = useSizeWords()
  const when = dates.day(each.asked)
  return (
    <>
      <div>
        <p>
          <b>{t("row", { date: when })}</b>
          {each.by !== null && `, ${each.by}`}
        </p>
        <p className="small soft">
          {[t("formats.alwaysProof"), ...each.formats.map((format) => t(`formats.short.${format}`))].join(", ")}
        </p>
        {each.state === "ready" && each.size !== null && (
          <p className="small soft">
            {t("holds", { count: each.events ?? 0, size: size(each.size) })}{" "}
            {each.expires !== null && t("until", { date: dates.day(each.expires) })}
          </p>
        )}
      </div>
      {each.state === "ready" && (
        <a className="button" href={address} download aria-label={t("fetchOf", { date: when })}>
          <Icon name="download" small />
          {t("fetch")}
        </a>
      )}
      {each.state === "waiting" && <Making percent={each.percent} />}
      {(each.state === "failed" || each.state === "expired") && (
        <p className="small soft">{t(`state.${each.state}`)}</p>
      )}
    </>
  )
}

function Making({ percent }: { percent: number }) {
  const { t } = useTranslation("exports")
  return (
    <ProgressBar className="exports-making" value={percent}>
      <Label className="small">{t("making", { percent })}</Label>
      <div className="exports-bar">
        <div className="exports-done" style={{ width: `${percent}%` }} />
      </div>
    </ProgressBar>
  )
}
