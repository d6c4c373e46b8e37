/**
 * When a message was written. Where its author and the server tell two times, both can be seen: the second by pressing.
 */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components"
import type { MessageEntry } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { dayOf } from "../../locales/today.ts"
import { isToldOtherwise } from "./asTold.ts"

export function MessageTime({ entry }: { entry: MessageEntry }) {
  const { t } = useTranslation("chat")
  const { written, received } = useMessageTimes()(entry)
  if (received === null) return <time dateTime={entry.at}>{written}</time>
  return (
    <DialogTrigger>
      <AriaButton className="message-told">
        <time dateTime={entry.created}>{written}</time>
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Dialog className="message-told-why" aria-label={t("told.title")}>
          <p>
            {written}, {received}.
          </p>
          <p className="mini faint">{t("told.note")}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

export interface MessageTimes {
  /** `14:05`, or `écrit le 13 novembre à 08:10` when that is not when it was received */
  readonly written: string
  /** `reçu le 27 novembre à 02:43`; null when both clocks tell the same */
  readonly received: string | null
}

export function useMessageTimes(): (entry: MessageEntry) => MessageTimes {
  const { t } = useTranslation("chat")
  const dates = useDates()
  return ({ at, created, seq }) => {
    if (seq === null || !isToldOtherwise({ at, created })) return { written: dates.hour(at), received: null }
    // Messages stand below the server's day: only another day needs to be named.
    const written =
      dayOf(created) === dayOf(at)
        ? t("told.writtenAt", { hour: dates.hour(created) })
        : t("told.writtenOn", { day: dates.day(created), hour: dates.hour(created) })
    const received =
      dayOf(created) === dayOf(at)
        ? t("told.receivedAt", { hour: dates.hour(at) })
        : t("told.receivedOn", { day: dates.day(at), hour: dates.hour(at) })
    return { written, received }
  }
}
