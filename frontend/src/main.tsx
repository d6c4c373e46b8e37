/** The page's beginning: styles, words, theme, the client for this browser, the first drawing. */
import "@fontsource-variable/atkinson-hyperlegible-next/wght.css"
import "@fontsource-variable/atkinson-hyperlegible-mono/wght.css"
import "./ui/tokens.css"
import "./ui/base.css"
import { createRoot } from "react-dom/client"
import { BrowserRouter } from "react-router"
import { createCordee } from "./core/index.ts"
import { App } from "./features/shell/App.tsx"
import { startWords } from "./locales/i18n.ts"
import { browserPlatform } from "./platform/browser.ts"
import { applyTheme, chosenTheme } from "./ui/theme.ts"

applyTheme(chosenTheme())
startWords()

const cordee = createCordee(browserPlatform())
void cordee.start()

const root = document.getElementById("app")
if (root === null) throw new Error("index.html has no #app.")
createRoot(root).render(
  <BrowserRouter>
    <App cordee={cordee} />
  </BrowserRouter>,
)
