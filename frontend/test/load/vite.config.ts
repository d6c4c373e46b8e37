/** Bundles page.ts into one file, for the browsers that the product is built for. `--outDir` says where it goes. */
import { defineConfig } from "vite"
import product from "../../vite.config.ts"

export default defineConfig({
  root: import.meta.dirname,
  build: {
    target: product.build?.target ?? "esnext",
    lib: { entry: "page.ts", formats: ["es"], fileName: "laboratory" },
    rolldownOptions: { output: { codeSplitting: false } },
  },
})
