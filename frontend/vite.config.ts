/**
 * How the browser's files are made: from `index.html` into `dist/`, every asset with its hash, nothing inline, so that
 * the strictest Content-Security-Policy (`default-src 'self'`, no `unsafe-inline`, no `data:`) serves it.
 *
 * `npm run dev` also serves `test/fixtures/` (screens with invented people, no server behind); the build never sees it.
 */
import react from "@vitejs/plugin-react"
import { browserslistToTargets } from "lightningcss"
import { defineConfig, type Plugin } from "vite"

/** The oldest browsers whose WebCrypto has Ed25519 and X25519. */
const OLDEST = ["safari17", "chrome137", "firefox130"]

/**
 * The libraries with the application's own languages only: react-aria brings its words in 34, a fifth of its weight.
 */
function twoLanguages(): Plugin {
  return {
    name: "cordee:two-languages",
    load: {
      filter: {
        id: /react-(aria|stately|aria-components)\/dist\/.*\/intl\/(?:.*\/)?(?!fr-FR|en-US)[a-z]{2}-[A-Z]{2}\.mjs$/,
      },
      handler: () => "export default {}",
    },
  }
}

export default defineConfig({
  plugins: [react(), twoLanguages()],
  css: {
    transformer: "lightningcss",
    lightningcss: { targets: browserslistToTargets(OLDEST.map((browser) => browser.replace(/(\d+)$/, " $1"))) },
  },
  build: {
    target: OLDEST,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The encryption and the widgets are needed before the first screen can be drawn; there is little to load later.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      // Libraries change seldom: the browser keeps them when only the application is new. The cryptography is left
      // where it is, so that the suites that are not ours stay in chunks of their own, which nothing loads.
      output: { codeSplitting: { groups: [{ name: "libraries", test: /node_modules\/(?!@noble|@hpke|ts-mls)/ }] } },
    },
  },
  server: {
    proxy: {
      "/api": "http://localhost:8000",
      "/_allauth": "http://localhost:8000",
      "/ws": { target: "ws://localhost:8000", ws: true },
    },
  },
})
