import { defineConfig } from "vitest/config"

// Core and MLS run as they do under Node; a file that needs a DOM says so with `// @vitest-environment jsdom`.
export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.{ts,tsx}"],
    testTimeout: 20_000,
  },
})
