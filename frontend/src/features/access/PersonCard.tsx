/** Somebody who could read: place and ground, from when until when, why, through which devices, who stands behind. */
import { useTranslation } from "react-i18next"
import type { EntitledPerson } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { deviceCode } from "../trail/code.ts"
import { useClock } from "../trail/clock.ts"
import { Subject } from "../trail/Resolve.tsx"
import { useTrailWords } from "../trail/words.ts"

export function PersonCard({ person }: { person: EntitledPerson }) {
  const { t } = useTranslation("access")
  const at = useMoment()
  const { attested, consent, ground, left, name, notAfter, role, since } = person
  const until = left === null ? t("person.still") : t("person.left", { at: at(left) })
  return (
    <li className="entitled-person">
      <h4>
        <Subject kind="Person" pseudonym={person.pseudonym} /> {name !== null && <span className="soft">{name}</span>}
      </h4>
      <dl className="facts">
        <dt>{t("person.place")}</dt>
        <dd>
          {t(`role.${role}`)}, {t(`ground.${ground}`)}
          {ground === "outside_team" && <> ({consent ? t("person.consent") : t("person.noConsent")})</>}
        </dd>
        <dt>{t("person.since")}</dt>
        <dd>
          {at(since)}
          {notAfter !== null && <>, {t("person.notAfter", { at: at(notAfter) })}</>}
        </dd>
        <dt>{t("person.until")}</dt>
        <dd>{until}</dd>
        <dt>{t("person.why")}</dt>
        <dd>
          <Why person={person} />
        </dd>
        <dt>{t("person.devices")}</dt>
        <dd>
          <Devices person={person} />
        </dd>
        <dt>{t("person.identity")}</dt>
        <dd>{attested ? t("person.attested") : t("person.bound")}</dd>
        <Handed person={person} />
      </dl>
    </li>
  )
}

function Why({ person: { epochs, grants } }: { person: EntitledPerson }) {
  const { t } = useTranslation("access")
  return [
    ...epochs.map(([first, last]) => t("person.roster", { count: last - first + 1, first, last })),
    ...grants.map(({ first, last }) => t("person.grant", { count: last - first + 1, first, last })),
  ].join(", ")
}

function Devices({ person: { devices } }: { person: EntitledPerson }) {
  const { t } = useTranslation("access")
  const at = useMoment()
  return (
    <ul className="entitled-devices">
      {devices.map(({ added, ended, id, inRoster }) => (
        <li key={id}>
          <span className="code">{deviceCode(id)}</span> {inRoster ? t("person.inGroup") : t("person.byVault")},{" "}
          {t("person.added", { at: at(added) })}
          {ended !== null && <>, {t("person.ended", { at: at(ended) })}</>}
        </li>
      ))}
    </ul>
  )
}

/** What the server gave to their browser: never that it was read. */
function Handed({ person: { handedOver } }: { person: EntitledPerson }) {
  const { t } = useTranslation("access")
  const words = useTrailWords()
  const at = useMoment()
  if (handedOver.length === 0) return null
  return (
    <>
      <dt>{t("person.handed")}</dt>
      <dd>
        {handedOver.map(({ act, t: when }) => `${words.actName(act)}, ${at(when)}`).join(" · ")}
        <p className="mini faint">{t("person.handedWhat")}</p>
      </dd>
    </>
  )
}

/** `27/11/2025 09:47:52` */
export function useMoment(): (instant: string) => string {
  const dates = useDates()
  const clock = useClock()
  return (instant) => `${dates.numeric(instant)} ${clock.time(instant)}`
}
