/**
 * The places of the product, in the order of the rail and of the tabs. A place stands here once its screen exists
 * (`Screens.tsx`); whether it is offered is what the server says that this person may do.
 */
import type { Me } from "../../core/index.ts"
import type { IconName } from "../../ui/Icon.tsx"
import type words from "../../locales/fr/common.json"
import { paths } from "./paths.ts"

export interface Place {
  readonly path: string
  readonly icon: IconName
  /** Key of its words in `nav`. */
  readonly words: keyof (typeof words)["nav"]
  /** Shows how much waits there. */
  readonly counts?: "circles" | "notices"
  readonly offeredTo?: (me: Me) => boolean
  /** Other places lie below its address. */
  readonly alone?: boolean
}

/** Every day's: above in the rail, tabs of their own on a phone, which has room for three and "Plus". */
const DAILY: readonly Place[] = [
  { path: paths.circles, icon: "circles", words: "circles", counts: "circles" },
  { path: paths.network, icon: "network", words: "network" },
  { path: paths.invitations, icon: "door", words: "invitations" },
  { path: paths.notices, icon: "bell", words: "notices", counts: "notices" },
]

/** Below in the rail, behind "Plus" on a phone. */
const FURTHER: readonly Place[] = [
  { path: paths.journal, icon: "search", words: "journal", offeredTo: (me) => me.abilities.includes("review") },
  { path: paths.attest, icon: "shield", words: "attest", offeredTo: (me) => me.abilities.includes("attest") },
  {
    path: paths.structure,
    icon: "building",
    words: "structure",
    offeredTo: ({ abilities }) => abilities.includes("administer") || abilities.includes("review"),
  },
  { path: paths.profile, icon: "person", words: "profile" },
  { path: paths.security, icon: "key", words: "security" },
]

/** At the officer's desk, instead of every day's. */
const DESK: readonly Place[] = [
  { path: paths.journal, icon: "shield", words: "journal", alone: true },
  { path: paths.access, icon: "eye", words: "access" },
  { path: paths.findings, icon: "triangle", words: "findings" },
  { path: paths.exports, icon: "export", words: "exports" },
]

const BESIDE_DESK: readonly Place[] = [
  { path: paths.holds, icon: "keep", words: "holds" },
  { path: paths.circles, icon: "circles", words: "circles", counts: "circles" },
  { path: paths.security, icon: "key", words: "security" },
]

/** `path`: where the person is. */
export function placesOf(me: Me, path: string): { daily: readonly Place[]; further: readonly Place[] } {
  if (path === paths.journal || path.startsWith(`${paths.journal}/`)) return { daily: DESK, further: BESIDE_DESK }
  const offered = ({ offeredTo }: Place) => offeredTo?.(me) ?? true
  return { daily: DAILY.filter(offered), further: FURTHER.filter(offered) }
}

export function isAt(path: string, { alone = false, path: own }: Place): boolean {
  return path === own || (!alone && path.startsWith(`${own}/`))
}
