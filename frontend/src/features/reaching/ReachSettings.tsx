/** How I want to be reached: by this browser while the page is closed, by letters, and when not. */
import "./notices.css"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import type { Preferences, WakeState } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { Select } from "../../ui/Select.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"

const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, "0")}:00:00`)
const NIGHT = { begin: "21:00:00", end: "07:00:00" }

export function ReachSettings() {
  const { t } = useTranslation("reaching")
  return (
    <section className="card" aria-labelledby="reaching">
      <h2 id="reaching">{t("settings.title")}</h2>
      <ThisBrowser />
      <Otherwise />
    </section>
  )
}

function ThisBrowser() {
  const { t } = useTranslation("reaching")
  const { reaching } = useCordee()
  const [state, setState] = useState<WakeState | null>(null)
  const act = useAct()
  useEffect(() => {
    reaching.waking().then(setState, () => {
      setState(null)
    })
  }, [reaching])
  const turn = (work: () => Promise<void>) => {
    act.run(async () => {
      await work()
      setState(await reaching.waking())
    })
  }
  if (state === null) return null
  return (
    <>
      <p className="small soft">{t("settings.explain")}</p>
      <p role="status">{t(`settings.${state}`)}</p>
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      {(state === "off" || state === "on") && (
        <div>
          <Button
            icon="bell"
            isPending={act.running}
            onPress={() => {
              turn(state === "off" ? reaching.wake : reaching.sleep)
            }}
          >
            {t(state === "off" ? "settings.turnOn" : "settings.turnOff")}
          </Button>
        </div>
      )}
    </>
  )
}

function Otherwise() {
  const { t, i18n } = useTranslation("reaching")
  const { reaching } = useCordee()
  const [held, setHeld] = useState<Preferences | null>(null)
  const act = useAct()
  useEffect(() => {
    reaching.preferences().then(setHeld, () => {
      setHeld(null)
    })
  }, [reaching])
  if (held === null) return null
  const prefer = (change: Partial<Preferences>) => {
    const wanted = { ...held, ...change, zone: Intl.DateTimeFormat().resolvedOptions().timeZone }
    act.run(async () => {
      await reaching.prefer(wanted)
      setHeld(wanted)
    })
  }
  const { quiet } = held
  const hours = HOURS.map((value) => ({
    value,
    label: i18n.language === "en" ? value.slice(0, 5) : `${Number(value.slice(0, 2))}\u00a0h`,
  }))
  return (
    <>
      <Checkboxes
        label={t("settings.otherwise")}
        boxes={[
          { value: "mail", label: t("settings.mail") },
          { value: "quiet", label: t("settings.quietHours") },
        ]}
        values={[...(held.mail ? (["mail"] as const) : []), ...(quiet === null ? [] : (["quiet"] as const))]}
        onChange={(values) => {
          prefer({ mail: values.includes("mail"), quiet: values.includes("quiet") ? (quiet ?? NIGHT) : null })
        }}
      />
      {quiet !== null && (
        <div className="reach-hours">
          <Select
            label={t("settings.from")}
            choices={hours.filter(({ value }) => value !== quiet.end)}
            value={quiet.begin}
            onChange={(begin) => {
              prefer({ quiet: { ...quiet, begin } })
            }}
          />
          <Select
            label={t("settings.to")}
            choices={hours.filter(({ value }) => value !== quiet.begin)}
            value={quiet.end}
            onChange={(end) => {
              prefer({ quiet: { ...quiet, end } })
            }}
          />
        </div>
      )}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
    </>
  )
}
