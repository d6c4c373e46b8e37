/** The words that are sealed beside an act, opened for a reason. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { OpenedWords, TrailRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { useCordee } from "../cordee.ts"
import { useMedia } from "../chat/useMedia.ts"
import { AskReason } from "./AskReason.tsx"
import { AT_THE_DESK, useDesk } from "./desk.ts"

export function SealedWords({ event }: { event: TrailRow }) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const [opened, setOpened] = useState<OpenedWords | null>(null)
  const [isAsking, setAsking] = useState(false)
  const mayAsk = useMedia(AT_THE_DESK)
  if (!mayAsk || (!event.has_reason && !event.has_detail)) return null
  if (opened !== null) return <Opened words={opened} />
  return (
    <>
      <div>
        <Button
          icon="key"
          onPress={() => {
            setAsking(true)
          }}
        >
          {t("words.begin")}
        </Button>
      </div>
      <AskReason
        title={t("words.title")}
        consequence={[t("words.recorded"), t("words.kept")]}
        submit={t("words.submit")}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
        }}
        act={async (reason) => {
          setOpened(await trail.openWords(id, event.id, reason))
        }}
      />
    </>
  )
}

function Opened({ words: { detail, reason } }: { words: OpenedWords }) {
  const { t } = useTranslation("trail")
  if (reason === null && detail === null) return <p className="small soft">{t("words.gone")}</p>
  return (
    <div className="opened" role="status">
      {reason !== null && (
        <>
          <h3>{t("words.reason")}</h3>
          <p className="opened-words">{reason}</p>
        </>
      )}
      {detail !== null && (
        <>
          <h3>{t("words.detail")}</h3>
          <dl className="facts">
            {said(detail).map(([name, value]) => (
              <Line key={name} name={name} value={value} />
            ))}
          </dl>
        </>
      )}
    </div>
  )
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="code">{name}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** The detail's own keys; a text that is no object is shown as it is. */
function said(detail: string): readonly (readonly [string, string])[] {
  const value: unknown = JSON.parse(detail)
  if (typeof value !== "object" || value === null) return [["", detail]]
  return Object.entries(value).map(([name, each]) => [name, typeof each === "string" ? each : JSON.stringify(each)])
}
