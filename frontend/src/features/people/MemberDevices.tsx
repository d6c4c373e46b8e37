/** The devices with which a member reads this circle, by the circle's own roster; a coordinator takes one out. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleView, DeviceId, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Confirm } from "../Confirm.tsx"
import { fullName } from "../directory/professional.ts"

interface MemberDevicesProps {
  circle: Circle
  view: CircleView
  member: Member
  mayEnd: boolean
}

export function MemberDevices({ circle, view, member, mayEnd }: MemberDevicesProps) {
  const { t } = useTranslation(["people", "directory"])
  const dates = useDates()
  const [ending, setEnding] = useState<{ device: DeviceId; number: number } | null>(null)
  const devices = view.devices.get(member.user) ?? []
  const name = fullName(member)
  return (
    <section className="person-devices" aria-label={t("sheet.devices")}>
      <h3>{t("sheet.devices")}</h3>
      {devices.length === 0 && <p className="small soft">{t("sheet.noDevice")}</p>}
      <ul>
        {devices.map((device, index) => {
          const added = addedAt(view, device)
          const number = index + 1
          return (
            <li key={device}>
              <Icon name="screen" small />
              <span>
                {t("sheet.device", { number })}
                {added !== null && (
                  <span className="soft">
                    , {t("sheet.deviceAdded", { date: dates.numeric(added), hour: dates.hour(added) })}
                  </span>
                )}
              </span>
              {mayEnd && (
                <Button
                  aria-label={t("sheet.deviceEndLabel", { number, name })}
                  onPress={() => {
                    setEnding({ device, number })
                  }}
                >
                  {t("sheet.deviceEnd")}
                </Button>
              )}
            </li>
          )
        })}
      </ul>
      <Confirm
        title={t("device.title", { number: ending?.number, name })}
        submit={t("device.submit")}
        cancel={t("directory:cancel")}
        done={t("device.done", { name })}
        act={async () => {
          if (ending !== null) await circle.endDevice(member.user, ending.device)
        }}
        isDangerous
        isOpen={ending !== null}
        onClose={() => {
          setEnding(null)
        }}
      >
        <p>{t("device.consequence", { name })}</p>
      </Confirm>
    </section>
  )
}

/** When the log says that it came in; null for what is not on the screen, and for the device one came in with. */
function addedAt({ entries }: CircleView, device: DeviceId): string | null {
  const entry = entries.findLast(
    (each) => each.kind === "event" && each.event.type === "device_added" && each.event.device === device,
  )
  return entry?.at ?? null
}
