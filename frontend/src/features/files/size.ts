/** A size in words: `2,4 Mo`. */
import { useTranslation } from "react-i18next"

const UNITS = ["bytes", "kilo", "mega"] as const
const STEP = 1024

export function useSizeWords(): (bytes: number) => string {
  const { i18n, t } = useTranslation("files")
  return (bytes) => {
    const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(STEP)))
    const number = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 }).format(bytes / STEP ** power)
    return t(`size.${UNITS[power] ?? "mega"}`, { number })
  }
}
