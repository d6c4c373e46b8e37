/** What an officer says of a finding: a note, or what it is. Nobody reviews what they did themselves. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { FindingDetail, FindingStatus } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"
import { DESK } from "./desk.ts"
import { useRefresh } from "./useFindings.ts"

const SHORTEST = 3
const LONGEST = 500

export function Review({ finding }: { finding: FindingDetail }) {
  const { t } = useTranslation("findings")
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const refresh = useRefresh()
  const act = useAct()
  const [text, setText] = useState("")
  const isDesk = useMedia(DESK)
  if (!isDesk) return null
  if (finding.own) return <Notice icon="person">{t("review.own")}</Notice>
  const say = (status: FindingStatus | null) => {
    act.run(async () => {
      await findings.annotate(id, finding.id, text.trim(), status)
      setText("")
      toast(t("review.done"))
      await refresh()
    })
  }
  const isReady = text.trim().length >= SHORTEST
  const settling: readonly FindingStatus[] =
    finding.status === "open" ? ["explained", "confirmed", "dismissed"] : ["open"]
  return (
    <section className="finding-review" aria-labelledby="finding-review">
      <h3 id="finding-review">{t("review.title")}</h3>
      <Field
        label={t("review.text")}
        help={t("review.help")}
        value={text}
        onChange={setText}
        maxLength={LONGEST}
        multiline
      />
      <Problem words={act.problem} />
      <div className="finding-acts">
        {settling.map((status) => (
          <Button
            key={status}
            variant={status === "explained" ? "primary" : status === "confirmed" ? "danger-outline" : "quiet"}
            isDisabled={!isReady || act.running}
            onPress={() => {
              say(status)
            }}
          >
            {t(`review.${status}`)}
          </Button>
        ))}
        <Button
          variant="quiet"
          isDisabled={!isReady || act.running}
          onPress={() => {
            say(null)
          }}
        >
          {t("review.note")}
        </Button>
      </div>
    </section>
  )
}
