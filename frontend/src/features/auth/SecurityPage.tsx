/** My devices, my passkeys, the way out, and how the interface looks and speaks in this browser. */
import "./security.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { languages, speak, type Language } from "../../locales/i18n.ts"
import { Button } from "../../ui/Button.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { applyTheme, chosenTheme, themes, type Theme } from "../../ui/theme.ts"
import { fullName } from "../directory/professional.ts"
import { ReachSettings } from "../reaching/ReachSettings.tsx"
import { useTitle } from "../shell/title.ts"
import { Devices } from "./Devices.tsx"
import { useMe } from "./me.ts"
import { Passkeys } from "./Passkeys.tsx"
import { useSignOut } from "./signOut.ts"
import { Unlockers } from "./Unlockers.tsx"

export function SecurityPage() {
  const { t } = useTranslation("auth")
  useTitle(t("security.title"))
  return (
    <main className="screen security">
      <h1 className="security-title">{t("security.title")}</h1>
      <Devices />
      <Unlockers />
      <Passkeys />
      <ReachSettings />
      <Settings />
      <Account />
    </main>
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
  const signOut = useSignOut()
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
        <Button icon="leave" onPress={signOut}>
          {common("signOut")}
        </Button>
      </div>
    </section>
  )
}
