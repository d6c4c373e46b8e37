/**
 * Nobody passes before this device is ready: one screen per phase of the client, at whatever address was asked for, so
 * that a deep link still leads to its screen afterwards.
 */
import { useEffect, useState, type ReactNode } from "react"
import { QueryClient, QueryClientProvider } from "@tanstack/react-query"
import type { Me, Phase } from "../../core/index.ts"
import { silence } from "../../ui/announce.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { FirstDevice } from "./FirstDevice.tsx"
import { JoiningCircles } from "./JoiningCircles.tsx"
import { MeContext } from "./me.ts"
import { NewCode } from "./NewCode.tsx"
import { SecondFactor } from "./SecondFactor.tsx"
import { EnrolSecondFactor } from "./EnrolSecondFactor.tsx"
import { SignIn } from "./SignIn.tsx"
import { Elsewhere, Starting, TooOld, Unreachable } from "./Standstill.tsx"
import { DeviceEnded, IdentityRefused } from "./Stopped.tsx"
import { Unlock } from "./Unlock.tsx"

/** A device that has just been added joins its circles before the first screen. */
function isNewDevice(phase: Phase["at"]): boolean {
  return phase === "locked" || phase === "recovery_code"
}

export function Gate({ children }: { children: ReactNode }) {
  const phase = useObserved(useCordee().phase)
  const [seen, setSeen] = useState(phase.at)
  const [arriving, setArriving] = useState(false)
  const [renewing, setRenewing] = useState(false)
  if (seen !== phase.at) {
    setSeen(phase.at)
    setArriving(phase.at === "ready" && isNewDevice(seen) && !renewing)
    setRenewing(phase.at === "recovery_code" && seen === "ready")
  }

  switch (phase.at) {
    case "starting":
      return <Starting />
    case "too_old":
      return <TooOld missing={phase.missing} />
    case "unreachable":
      return <Unreachable />
    case "signed_out":
      return <SignIn ended={phase.ended} />
    case "second_factor":
      return <SecondFactor />
    case "second_factor_missing":
      return <EnrolSecondFactor secret={phase.secret} url={phase.url} />
    case "no_keys":
      return <FirstDevice me={phase.me} code={null} />
    case "recovery_code":
      return renewing ? <NewCode code={phase.code} /> : <FirstDevice me={phase.me} code={phase.code} />
    case "locked":
      return <Unlock me={phase.me} passkeys={phase.passkeys} />
    case "elsewhere":
      return <Elsewhere />
    case "device_ended":
      return <DeviceEnded />
    case "refused":
      return <IdentityRefused refusal={phase.refusal} />
    case "ready":
      return (
        <Ready key={phase.me.id} me={phase.me}>
          {arriving ? (
            <JoiningCircles
              me={phase.me}
              onDone={() => {
                setArriving(false)
              }}
            />
          ) : (
            children
          )}
        </Ready>
      )
  }
}

/** A list asked again within this time is the same list. */
const FRESH_FOR_MS = 30_000

/** What one person has fetched, or was just being told, is not there for the next one at this page. */
function Ready({ me, children }: { me: Me; children: ReactNode }) {
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: FRESH_FOR_MS, retry: 1 } } }),
  )
  useEffect(() => silence, [])
  return (
    <MeContext value={me}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </MeContext>
  )
}
