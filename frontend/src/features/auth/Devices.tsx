/** My devices: this one first, then those in use; those that were removed are folded away. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from "react-aria-components"
import type { DeviceRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useCordee } from "../cordee.ts"
import { DeviceDialogs, type DeviceAct } from "./DeviceDialogs.tsx"
import { Problem } from "./Problem.tsx"

function inOrder(one: DeviceRow, other: DeviceRow): number {
  const seen = (device: DeviceRow) => device.last_seen ?? device.created
  return Number(other.current) - Number(one.current) || seen(other).localeCompare(seen(one))
}

export function Devices() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({ queryKey: ["devices"], queryFn: () => cordee.devices() })
  const [act, setAct] = useState<DeviceAct | null>(null)
  const rows = data?.toSorted(inOrder) ?? []
  return (
    <section className="card" aria-labelledby="devices">
      <h2 id="devices">{t("security.devices")}</h2>
      <p className="small soft">{t("security.devicesNote")}</p>
      {isPending && (
        <p className="small faint" role="status">
          {t("security.asking")}
        </p>
      )}
      <Problem words={error === null ? null : words(error)} />
      <ul aria-label={t("security.devices")}>
        {rows
          .filter((device) => device.ended === null)
          .map((device) => (
            <Device key={device.id} device={device} onAct={setAct} />
          ))}
      </ul>
      <Ended devices={rows.filter((device) => device.ended !== null)} />
      <DeviceDialogs
        act={act}
        onClose={() => {
          setAct(null)
        }}
      />
    </section>
  )
}

function Device({ device, onAct }: { device: DeviceRow; onAct: (act: DeviceAct) => void }) {
  const { t } = useTranslation("auth")
  const dates = useDates()
  const { name } = device
  const acts = device.current ? (["rename"] as const) : (["rename", "retire", "lose"] as const)
  const seen =
    device.last_seen === null
      ? t("security.neverSeen")
      : t("security.lastSeen", { date: dates.numeric(device.last_seen), hour: dates.hour(device.last_seen) })
  return (
    <li className="possession">
      <DeviceIcon name={name} />
      <div>
        <p className="name possession-name">{name}</p>
        <p className="small soft">
          {t("security.since", { date: dates.numeric(device.created) })}, {seen}
        </p>
      </div>
      {device.current && (
        <Chip tone="sure" icon="check">
          {t("security.thisDevice")}
        </Chip>
      )}
      <div className="possession-acts">
        {acts.map((kind) => (
          <AriaButton
            key={kind}
            className="button button-plain"
            aria-label={t(`deviceActs.${kind}.of`, { name })}
            onPress={() => {
              onAct({ kind, device })
            }}
          >
            {t(`deviceActs.${kind}.short`)}
          </AriaButton>
        ))}
      </div>
    </li>
  )
}

function Ended({ devices }: { devices: readonly DeviceRow[] }) {
  const { t } = useTranslation("auth")
  const dates = useDates()
  if (devices.length === 0) return null
  return (
    <Disclosure>
      <Heading level={3} className="ended-devices">
        <AriaButton slot="trigger" className="button button-quiet">
          {t("security.endedDevices", { count: devices.length })}
          <Icon name="down" small />
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <ul>
          {devices.map(({ created, ended, id, name }) => (
            <li key={id} className="possession">
              <DeviceIcon name={name} />
              <div>
                <p className="name possession-name">{name}</p>
                <p className="small soft">
                  {t("security.since", { date: dates.numeric(created) })},{" "}
                  {t("security.ended", { date: dates.numeric(ended ?? created) })}
                </p>
              </div>
            </li>
          ))}
        </ul>
      </DisclosurePanel>
    </Disclosure>
  )
}

function DeviceIcon({ name }: { name: string }) {
  return <Icon name={/android|iphone|ios/i.test(name) ? "phone" : "screen"} />
}
