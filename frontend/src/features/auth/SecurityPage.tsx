/** My devices, the way out, and how the interface looks and speaks in this browser. */
import "./security.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { DeviceRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { languages, speak, type Language } from "../../locales/i18n.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { applyTheme, chosenTheme, themes, type Theme } from "../../ui/theme.ts"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { useTitle } from "../shell/title.ts"
import { useMe } from "./me.ts"

export function SecurityPage() {
  const { t } = useTranslation("auth")
  useTitle(t("security.title"))
  return (
    <main className="screen security">
      <h1 className="security-title">{t("security.title")}</h1>
      <Devices />
      <Settings />
      <Account />
    </main>
  )
}

function Devices() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({ queryKey: ["devices"], queryFn: () => cordee.devices() })
  return (
    <section className="card" aria-labelledby="devices">
      <h2 id="devices">{t("security.devices")}</h2>
      <p className="small soft">{t("security.devicesNote")}</p>
      {isPending && (
        <p className="small faint" role="status">
          {t("security.asking")}
        </p>
      )}
      {error !== null && (
        <Notice tone="urgent" role="alert">
          {words(error)}
        </Notice>
      )}
      <ul>
        {data?.map((device) => (
          <Device key={device.id} device={device} />
        ))}
      </ul>
    </section>
  )
}

function Device({ device }: { device: DeviceRow }) {
  const { t } = useTranslation("auth")
  const dates = useDates()
  const seen =
    device.ended !== null
      ? t("security.ended", { date: dates.numeric(device.ended) })
      : device.last_seen === null
        ? t("security.neverSeen")
        : t("security.lastSeen", { date: dates.numeric(device.last_seen), hour: dates.hour(device.last_seen) })
  return (
    <li className="device">
      <Icon name={/android|iphone|ios/i.test(device.name) ? "phone" : "screen"} />
      <div>
        <p className="name">{device.name}</p>
        <p className="small soft">
          {t("security.since", { date: dates.numeric(device.created) })}, {seen}
        </p>
      </div>
      {device.current && (
        <Chip tone="sure" icon="check">
          {t("security.thisDevice")}
        </Chip>
      )}
      {device.ended !== null && <Chip icon="cross">{t("security.endedChip")}</Chip>}
    </li>
  )
}

function Settings() {
  const { t, i18n } = useTranslation("auth")
  const [theme, setTheme] = useState<Theme>(chosenTheme)
  const language: Language = i18n.language === "en" ? "en" : "fr"
  return (
    <section className="card" aria-labelledby="settings">
      <h2 id="settings">{t("security.settings")}</h2>
      <div className="setting">
        <span className="field-label">{t("security.language")}</span>
        <Segmented
          label={t("security.language")}
          choices={languages.map((value) => ({ value, label: t(`security.languages.${value}`) }))}
          value={language}
          onChange={(chosen) => {
            void speak(chosen)
          }}
        />
      </div>
      <div className="setting">
        <span className="field-label">{t("security.theme")}</span>
        <Segmented
          label={t("security.theme")}
          choices={themes.map((value) => ({ value, label: t(`security.themes.${value}`) }))}
          value={theme}
          onChange={(chosen) => {
            setTheme(chosen)
            applyTheme(chosen)
          }}
        />
      </div>
    </section>
  )
}

function Account() {
  const { t } = useTranslation("auth")
  const { t: common } = useTranslation()
  const cordee = useCordee()
  const me = useMe()
  return (
    <section className="card" aria-labelledby="account">
      <h2 id="account">{t("security.account")}</h2>
      <p>
        <span className="name">{fullName(me)}</span>
        <br />
        <span className="small soft">
          {me.profession.label}
          {me.organisation && `, ${me.organisation.name}`}
          <br />
          {me.email}
        </span>
      </p>
      <p className="small soft">{t("security.signOutNote")}</p>
      <div>
        <Button
          icon="leave"
          onPress={() => {
            void cordee.signOut()
          }}
        >
          {common("signOut")}
        </Button>
      </div>
    </section>
  )
}
