/** Times as an officer compares them: with seconds, and for one act with milliseconds and the zone. */
import { useTranslation } from "react-i18next"

export interface Clock {
  /** `09:47:52` */
  readonly time: (instant: string) => string
  /** `09:47:52,118` */
  readonly exact: (instant: string) => string
  /** `UTC+1` */
  readonly zone: (instant: string) => string
}

export function useClock(): Clock {
  const { i18n } = useTranslation()
  const tag = i18n.language === "en" ? "en-GB" : "fr-FR"
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, { hourCycle: "h23", ...options })
  const hour = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const
  return {
    time: (instant) => format(hour).format(new Date(instant)),
    exact: (instant) => format({ ...hour, fractionalSecondDigits: 3 }).format(new Date(instant)),
    zone: (instant) =>
      format({ timeZoneName: "shortOffset" })
        .formatToParts(new Date(instant))
        .find(({ type }) => type === "timeZoneName")?.value ?? "UTC",
  }
}
