/** The whole page: words, addresses and client handed to every screen, and the gate before the first of them. */
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { I18nProvider, RouterProvider } from "react-aria-components"
import { Route, Routes, useHref, useNavigate } from "react-router"
import type { Cordee } from "../../core/index.ts"
import { Announcer } from "../../ui/Announcer.tsx"
import { IconSprite } from "../../ui/icons.tsx"
import { ToastRegion } from "../../ui/ToastRegion.tsx"
import { Gate } from "../auth/Gate.tsx"
import { CordeeContext } from "../cordee.ts"
import { WelcomePage } from "../invitations/WelcomePage.tsx"
import { CrashGuard } from "./CrashGuard.tsx"
import { paths } from "./paths.ts"
import { Screens } from "./Screens.tsx"

/** Expects a router above. */
export function App({ cordee }: { cordee: Cordee }) {
  return (
    <CordeeContext value={cordee}>
      <InOurLanguage>
        <IconSprite />
        <CrashGuard>
          <Routes>
            <Route path={paths.welcome} element={<WelcomePage />} />
            <Route
              path="*"
              element={
                <Gate>
                  <Screens />
                </Gate>
              }
            />
          </Routes>
        </CrashGuard>
        <ToastRegion />
        <Announcer />
      </InOurLanguage>
    </CordeeContext>
  )
}

function InOurLanguage({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation()
  const navigate = useNavigate()
  return (
    <I18nProvider locale={i18n.language === "en" ? "en-GB" : "fr-FR"}>
      <RouterProvider
        navigate={(path) => {
          void navigate(path)
        }}
        useHref={useHref}
      >
        {children}
      </RouterProvider>
    </I18nProvider>
  )
}
