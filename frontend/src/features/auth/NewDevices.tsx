/** A device was added to my account from elsewhere: whoever does not know it takes it out, with all it may have read. */
import { useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import type { DeviceRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { LossDialog } from "./LossDialog.tsx"

/** One at a time; the focus stays here when one is answered. */
export function NewDevices() {
  const place = useRef<HTMLDivElement>(null)
  const [device] = useObserved(useCordee().newDevices)
  return (
    <div ref={place} tabIndex={-1} className="new-devices">
      {device && (
        <NewDevice
          key={device.id}
          device={device}
          onSeen={() => {
            place.current?.focus()
          }}
        />
      )}
    </div>
  )
}

function NewDevice({ device, onSeen }: { device: DeviceRow; onSeen: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const dates = useDates()
  const act = useAct()
  const [isForeign, setForeign] = useState(false)
  const { created, id, name } = device
  return (
    <>
      <Notice
        role="alert"
        tone="urgent"
        action={
          <div className="line">
            <Button
              isPending={act.running}
              onPress={() => {
                onSeen()
                act.run(() => cordee.deviceSeen(id))
              }}
            >
              {t("newDevice.mine")}
            </Button>
            <Button
              variant="danger-outline"
              onPress={() => {
                setForeign(true)
                // Recorded for who looks after security; what ends the device is the dialog.
                act.run(() => cordee.objectTo(id))
              }}
            >
              {t("newDevice.foreign")}
            </Button>
          </div>
        }
      >
        {t(name === "" ? "newDevice.hidden" : "newDevice.what", {
          name,
          date: dates.numeric(created),
          hour: dates.hour(created),
        })}{" "}
        <b>{t("newDevice.yours")}</b> {t("newDevice.consequence")}
        {act.problem !== null && <p>{act.problem}</p>}
      </Notice>
      <LossDialog
        lost={isForeign ? device : undefined}
        onClose={() => {
          setForeign(false)
        }}
      />
    </>
  )
}
