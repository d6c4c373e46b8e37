/**
 * How the browser's files are made: from `index.html` into `dist/`, every asset with its hash, nothing inline, so that the
 * strictest Content-Security-Policy (`default-src 'self'`, no `unsafe-inline`, no `data:`) serves it.
 *
 * `npm run dev` also serves `test/fixtures/` (screens with invented people, no server behind); the build never sees it.
 */
import react from "@vitejs/plugin-react"
import { browserslistToTargets } from "lightningcss"
import { defineConfig } from "vite"

/** The oldest browsers whose WebCrypto has Ed25519 and X25519. */
const OLDEST = ["safari17", "chrome137", "firefox130"]

export default defineConfig({
  plugins: [react()],
  css: {
    transformer: "lightningcss",
    lightningcss: { targets: browserslistToTargets(OLDEST.map((browser) => browser.replace(/(\d+)$/, " $1"))) },
  },
  build: {
    target: OLDEST,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/api": "http://localhost:8000",
      "/_allauth": "http://localhost:8000",
      "/ws": { target: "ws://localhost:8000", ws: true },
    },
  },
})
