/** That a circle is closed: since when, by whom, and for a coordinator how to open it again. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleView } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { dayOf, useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { fullName } from "../directory/professional.ts"
import { Asked } from "./Asked.tsx"

export function ClosedNotice({ circle, view }: { circle: Circle; view: CircleView }) {
  const { t } = useTranslation("places")
  const dates = useDates()
  const today = useToday()
  const [asking, setAsking] = useState(false)
  const closure = view.detail?.closure ?? null
  if (closure === null) return null
  const by = closure.by === null ? undefined : view.people.get(closure.by)
  const mayReopen = view.detail?.role === "coordinator" && dayOf(closure.reopens_until) > today
  return (
    <>
      <Notice
        tone="neutral"
        icon="eye"
        action={
          mayReopen && (
            <Button
              onPress={() => {
                setAsking(true)
              }}
            >
              {t("reopen.begin")}
            </Button>
          )
        }
      >
        {t(`closed.${closure.code}`, {
          date: dates.numeric(closure.closed),
          name: by === undefined ? t("someone") : fullName(by),
        })}{" "}
        {mayReopen && t("closed.until", { date: dates.numeric(closure.reopens_until) })}
      </Notice>
      <Asked
        title={t("reopen.title")}
        consequence={t("reopen.consequence")}
        submit={t("reopen.submit")}
        done={t("reopen.done")}
        isOpen={asking}
        onClose={() => {
          setAsking(false)
        }}
        act={(reason) => circle.reopen(reason)}
      />
    </>
  )
}
