/**
 * Dates and hours as each language writes them. Identity dates are calendar days (`YYYY-MM-DD`) and never pass through
 * a time zone; instants are shown where the reader is.
 */
import { useTranslation } from "react-i18next"
import { dayOf, useToday } from "./today.ts"

type Language = "fr" | "en"

const tags: Record<Language, string> = { fr: "fr-FR", en: "en-GB" }

const styles = {
  numeric: { day: "2-digit", month: "2-digit", year: "numeric" },
  long: { day: "numeric", month: "long", year: "numeric" },
  day: { day: "numeric", month: "long" },
  heading: { weekday: "long", day: "numeric", month: "long" },
  headingWithYear: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  weekday: { weekday: "long" },
  short: { day: "numeric", month: "short" },
  hour: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
} satisfies Record<string, Intl.DateTimeFormatOptions>

const formats = new Map<string, Intl.DateTimeFormat>()

function write(language: Language, style: keyof typeof styles, date: Date, utc: boolean): string {
  const key = `${language} ${style} ${String(utc)}`
  let format = formats.get(key)
  if (format === undefined) {
    format = new Intl.DateTimeFormat(tags[language], { ...styles[style], ...(utc && { timeZone: "UTC" }) })
    formats.set(key, format)
  }
  const written = format.format(date)
  return language === "fr" ? written.replace(FIRST_OF_MONTH, "$11er ") : written
}

/** French alone counts the first day of a month as such: `1er décembre`. */
const FIRST_OF_MONTH = /(^|\s)1 (?=\p{L})/u

/** Whole days from `earlier` to `later`, both calendar days. */
export function daysBetween(earlier: string, later: string): number {
  return Math.round((Date.parse(later) - Date.parse(earlier)) / 86_400_000)
}

function capitalised(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}

export interface Dates {
  /** `12/03/1941`, of a calendar day or an instant */
  readonly numeric: (date: string) => string
  /** `12 mars 1941` */
  readonly long: (date: string) => string
  /** `12 mars`, with its year when that is not this one */
  readonly day: (instant: string) => string
  /** `20 nov.`, of a calendar day */
  readonly short: (day: string) => string
  /** `14:05` */
  readonly hour: (instant: string) => string
  /** `Jeudi 27 novembre` */
  readonly fullDay: (day: string) => string
  /** Above the messages of a day: `Aujourd’hui`, `Hier`, `Jeudi 27 novembre` */
  readonly heading: (day: string) => string
  /** Beside a row of a list: `14:05`, `Hier`, `Mardi`, `20 nov.`, `20/11/2024` */
  readonly brief: (instant: string) => string
}

const CALENDAR_DAY = /^\d{4}-\d{2}-\d{2}$/

export function useDates(): Dates {
  const { t, i18n } = useTranslation()
  const today = useToday()
  const language: Language = i18n.language === "en" ? "en" : "fr"

  const date = (style: keyof typeof styles, text: string) =>
    write(language, style, new Date(text), CALENDAR_DAY.test(text))

  const fullDay = (day: string) =>
    capitalised(date(day.slice(0, 4) === today.slice(0, 4) ? "heading" : "headingWithYear", day))

  return {
    fullDay,
    numeric: (text) => date("numeric", text),
    long: (text) => date("long", text),
    day: (instant) => date(dayOf(instant).slice(0, 4) === today.slice(0, 4) ? "day" : "long", instant),
    short: (day) => date("short", day),
    hour: (instant) => date("hour", instant),
    heading(day) {
      const ago = daysBetween(day, today)
      if (ago === 0) return t("today")
      if (ago === 1) return t("yesterday")
      return fullDay(day)
    },
    brief(instant) {
      const day = dayOf(instant)
      const ago = daysBetween(day, today)
      if (ago <= 0) return date("hour", instant)
      if (ago === 1) return t("yesterday")
      if (ago < 7) return capitalised(date("weekday", instant))
      return date(day.slice(0, 4) === today.slice(0, 4) ? "short" : "numeric", instant)
    },
  }
}
