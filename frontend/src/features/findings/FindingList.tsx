/** The findings, newest first: which rule, about whom, what it counted. */
import { useTranslation } from "react-i18next"
import { GridList, GridListItem } from "react-aria-components"
import type { Finding, FindingId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { StatusChip } from "./StatusChip.tsx"
import type { Listed } from "./useFindings.ts"
import { codesOf, useFacts } from "./words.ts"

interface FindingListProps {
  listed: Listed
  chosen: FindingId | null
  onChoose: (finding: FindingId) => void
}

export function FindingList({ chosen, listed, onChoose }: FindingListProps) {
  const { t } = useTranslation("findings")
  const words = useErrorWords()
  const { error, findings, hasMore } = listed
  if (error !== null) {
    return (
      <Notice role="alert" action={<Button onPress={listed.again}>{t("list.again")}</Button>}>
        {words(error)}
      </Notice>
    )
  }
  if (findings === null) return <p role="status">{t("list.asking")}</p>
  if (findings.length === 0) {
    return (
      <div className="journal-none" role="status">
        <p>
          <b>{t("list.none")}</b>
        </p>
        <p className="soft small">{t("list.noneHow")}</p>
      </div>
    )
  }
  return (
    <div className="finding-scroll">
      <GridList
        className="finding-list"
        aria-label={t("list.label")}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keys) => {
          const finding = findings.find(({ id }) => keys !== "all" && keys.has(id))
          if (finding !== undefined) onChoose(finding.id)
        }}
      >
        {findings.map((finding) => (
          <Row key={finding.id} finding={finding} />
        ))}
      </GridList>
      {hasMore && <Button onPress={listed.more}>{t("list.more")}</Button>}
    </div>
  )
}

function Row({ finding }: { finding: Finding }) {
  const { t } = useTranslation("findings")
  const dates = useDates()
  const facts = useFacts()
  const codes = codesOf(finding)
  const name = t(`rule.${finding.rule}.name`)
  return (
    <GridListItem id={finding.id} className="finding" textValue={[name, ...codes].join(" ")}>
      <div className="finding-words">
        <p>
          <b>{name}</b> <span className="finding-codes">{codes.join(" ")}</span>
        </p>
        <p className="soft mini">{facts(finding)}</p>
      </div>
      <div className="finding-end">
        <span className="mini soft">
          {dates.day(finding.began)} {dates.hour(finding.began)}
        </span>
        <StatusChip status={finding.status} />
        {finding.own && <Chip icon="person">{t("list.own")}</Chip>}
        {finding.events > 0 && <span className="mini faint">{t("list.events", { count: finding.events })}</span>}
      </div>
    </GridListItem>
  )
}
