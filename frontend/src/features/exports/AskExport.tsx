/** Asks for an export of what the address says, as the journal's does: in which formats, and why. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import { Link, useSearchParams } from "react-router"
import { EXPORT_FORMATS, type ExportFormat } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Field } from "../../ui/Field.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useDesk } from "../trail/desk.ts"
import { forServer, readAsked, type Asked } from "../trail/filters.ts"
import { useTokens } from "../trail/SearchBar.tsx"

const LONGEST = 500

export function AskExport() {
  const { t } = useTranslation("exports")
  const { exports } = useCordee()
  const { id } = useDesk().organisation
  const [query] = useSearchParams()
  const asked = readAsked(query, useToday())
  const [formats, setFormats] = useState<readonly ExportFormat[]>(["csv", "pdf"])
  const [reason, setReason] = useState("")
  const queries = useQueryClient()
  const act = useAct()
  const ask = async () => {
    await exports.ask(id, forServer(asked, true), formats, reason.trim())
    await queries.invalidateQueries({ queryKey: ["exports", id] })
    setReason("")
    toast(t("asked"))
  }
  return (
    <form
      className="exports-ask"
      aria-label={t("ask")}
      onSubmit={(event) => {
        event.preventDefault()
        if (reason.trim() !== "") act.run(ask)
      }}
    >
      <h2>{t("ask")}</h2>
      <Chosen asked={asked} query={query} />
      <Checkboxes
        label={t("formats.label")}
        boxes={EXPORT_FORMATS.map((value) => ({ value, label: t(`formats.${value}`) }))}
        values={formats}
        onChange={setFormats}
      />
      <p className="small soft">{t("formats.proof")}</p>
      <Field
        label={t("reason.label")}
        help={t("reason.help")}
        multiline
        value={reason}
        onChange={setReason}
        maxLength={LONGEST}
      />
      <Problem words={act.problem} />
      <div>
        <Button variant="primary" type="submit" isPending={act.running} isDisabled={reason.trim() === ""}>
          {t("submit")}
        </Button>
      </div>
    </form>
  )
}

/** What is asked for, in the journal's words; to change it one goes back there. */
function Chosen({ asked, query }: { asked: Asked; query: URLSearchParams }) {
  const { t } = useTranslation(["exports", "trail"])
  const tokens = useTokens(asked, () => undefined)
  const words = [
    ...tokens.map((token) => token.words),
    ...asked.groups.map((group) => t(`trail:groups.${group}`)),
    ...(asked.out === null ? [] : [t(`trail:facets.${asked.out}`)]),
  ]
  return (
    <div className="exports-chosen">
      <p className="field-label">{t("chosen")}</p>
      <ul className="exports-words">
        {words.length === 0 ? <li>{t("everything")}</li> : words.map((each) => <li key={each}>{each}</li>)}
      </ul>
      <Link className="text-link" to={{ pathname: paths.journal, search: String(query) }}>
        {t("change")}
      </Link>
    </div>
  )
}
