import js from "@eslint/js"
import reactHooks from "eslint-plugin-react-hooks"
import { defineConfig } from "eslint/config"
import tseslint from "typescript-eslint"

export default defineConfig(
  { ignores: ["dist", "node_modules", "patches"] },
  js.configs.recommended,
  { files: ["public/*.js"], languageOptions: { globals: { location: "readonly", self: "readonly" } } },
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  {
    files: ["**/*.tsx", "src/features/**/*.ts", "src/ui/**/*.ts"],
    plugins: { "react-hooks": reactHooks },
    rules: { ...reactHooks.configs.recommended.rules, "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
  {
    // The core runs under Node as it does in a page: what the surroundings offer is handed in (src/core/platform.ts).
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["window", "document", "navigator", "localStorage", "sessionStorage", "indexedDB", "fetch", "WebSocket", "setTimeout", "setInterval"],
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            { group: ["react", "react-*", "**/ui/**", "**/features/**", "**/platform/*"], message: "The core knows no screen." },
          ],
        },
      ],
    },
  },
)
