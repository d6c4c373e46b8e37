/** Closing a circle, opening it again, and the patient's word against it. At the foot of the timeline. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { useCircleWords } from "../circles/circleTitle.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { Asked } from "./Asked.tsx"
import { OppositionDialog } from "./OppositionDialog.tsx"

export function CircleEnd({ circle, row }: { circle: Circle; row: CircleRow }) {
  const { t } = useTranslation("places")
  const [doing, setDoing] = useState<"close" | "oppose" | null>(null)
  const { the } = useCircleWords()(row)
  const patient = useSexWords()(sexOf(row.patient))
  const stop = () => {
    setDoing(null)
  }
  return (
    <section className="timeline-end">
      <h2>{t("close.heading")}</h2>
      <p className="soft">{t("close.note")}</p>
      <div className="person-acts">
        <Button
          variant="danger-outline"
          onPress={() => {
            setDoing("close")
          }}
        >
          {t("close.begin")}
        </Button>
        {row.patient !== null && (
          <Button
            variant="danger-outline"
            onPress={() => {
              setDoing("oppose")
            }}
          >
            {t("opposition.recordCircle", patient)}
          </Button>
        )}
      </div>
      <Asked
        title={t("close.title", { the })}
        consequence={t("close.consequence")}
        submit={t("close.submit")}
        done={t("close.done")}
        isDangerous
        isOpen={doing === "close"}
        onClose={stop}
        act={(reason) => circle.close(reason)}
      />
      <OppositionDialog circle={circle} row={row} person={null} isOpen={doing === "oppose"} onClose={stop} />
    </section>
  )
}
