/** The mark of a circle in a list: the patient's on its rope, a team's round and without one, a person's own. */
import type { About } from "../../core/index.ts"
import { Avatar } from "../../ui/Avatar.tsx"
import { Seal } from "../../ui/Rope.tsx"

export function CircleSeal({ of: circle }: { of: About }) {
  const { initials, kind, peer } = circle
  if (peer !== null) return <Avatar initials={initials} sector={peer.sector} />
  return <Seal rope={circle} initials={initials} round={kind === "team"} />
}
