/** Whom an act names may be kept beyond its time: the way to a legal hold on them. */
import { useTranslation } from "react-i18next"
import type { TrailRow } from "../../core/index.ts"
import { LinkButton } from "../../ui/Button.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { paths } from "../shell/paths.ts"
import { subjectCode } from "./code.ts"
import { AT_THE_DESK } from "./desk.ts"
import { whomOf } from "./words.ts"

export function Keep({ event }: { event: TrailRow }) {
  const { t } = useTranslation("holds")
  const mayAsk = useMedia(AT_THE_DESK)
  const whom = whomOf(event)
  const named = [
    ["who", "Person", event.who],
    ["who", "Person", whom === event.who ? null : whom],
    ["pat", "Patient", event.pat],
    ["cir", "Circle", event.cir],
  ] as const
  if (!mayAsk || named.every(([, , pseudonym]) => pseudonym === null)) return null
  return (
    <div className="follow">
      <h3>{t("keep")}</h3>
      <div className="follow-ways">
        {named.map(([key, kind, pseudonym]) => {
          if (pseudonym === null) return null
          const code = subjectCode(kind, pseudonym)
          return (
            <LinkButton key={pseudonym} href={`${paths.holds}?${key}=${pseudonym}`} label={t("keepOf", { code })}>
              {code}
            </LinkButton>
          )
        })}
      </div>
    </div>
  )
}
