/** Languages and days of the week by name, in the language of the interface. */
import { useMemo } from "react"
import { useTranslation } from "react-i18next"

/** The list of docs/protocol.md, `PUT /api/profile`. */
export const LANGUAGES = (
  "fr fsl ar bg bn br ca co cs de el en es eu fa ff ha he hi hr ht hu hy it ja ka km ko ku lo mg ml nl oc pa pl ps pt " +
  "ro ru so sq sr sw ta ti tr uk ur vi wo yi zh"
).split(" ")

export function useLanguageNames(): (code: string) => string {
  const { t, i18n } = useTranslation("network")
  const names = useMemo(() => new Intl.DisplayNames(i18n.language, { type: "language" }), [i18n.language])
  // Sign languages are in no browser's table.
  return (code) => (code === "fsl" ? t("signLanguage") : (names.of(code) ?? code))
}

/** Monday first. */
export function useWeekdays(): readonly string[] {
  const { i18n } = useTranslation("network")
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(i18n.language, { weekday: "long", timeZone: "UTC" })
    // 1 January 2024 was a Monday.
    return Array.from({ length: 7 }, (_, day) => format.format(new Date(Date.UTC(2024, 0, day + 1))))
  }, [i18n.language])
}
