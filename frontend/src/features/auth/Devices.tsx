/** My devices: this one first, then those in use, then those that were removed. */
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { DeviceRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useCordee } from "../cordee.ts"

/** Sorts in this order: smaller stands higher. */
function rank(device: DeviceRow): number {
  if (device.current) return 0
  return device.ended === null ? 1 : 2
}

function inOrder(one: DeviceRow, other: DeviceRow): number {
  const seen = (device: DeviceRow) => device.last_seen ?? device.created
  return rank(one) - rank(other) || seen(other).localeCompare(seen(one))
}

export function Devices() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({ queryKey: ["devices"], queryFn: () => cordee.devices() })
  return (
    <section className="card" aria-labelledby="devices">
      <h2 id="devices">{t("security.devices")}</h2>
      <p className="small soft">{t("security.devicesNote")}</p>
      {isPending && (
        <p className="small faint" role="status">
          {t("security.asking")}
        </p>
      )}
      {error !== null && (
        <Notice tone="urgent" role="alert">
          {words(error)}
        </Notice>
      )}
      <ul>
        {data?.toSorted(inOrder).map((device) => (
          <Device key={device.id} device={device} />
        ))}
      </ul>
    </section>
  )
}

function Device({ device }: { device: DeviceRow }) {
  const { t } = useTranslation("auth")
  const dates = useDates()
  const seen =
    device.ended !== null
      ? t("security.ended", { date: dates.numeric(device.ended) })
      : device.last_seen === null
        ? t("security.neverSeen")
        : t("security.lastSeen", { date: dates.numeric(device.last_seen), hour: dates.hour(device.last_seen) })
  return (
    <li className="possession">
      <Icon name={/android|iphone|ios/i.test(device.name) ? "phone" : "screen"} />
      <div>
        <p className="name">{device.name}</p>
        <p className="small soft">
          {t("security.since", { date: dates.numeric(device.created) })}, {seen}
        </p>
      </div>
      {device.current && (
        <Chip tone="sure" icon="check">
          {t("security.thisDevice")}
        </Chip>
      )}
      {device.ended !== null && <Chip icon="cross">{t("security.endedChip")}</Chip>}
    </li>
  )
}
