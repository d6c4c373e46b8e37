/** Who came in since one last read here, has nothing of what was written before, and could be given it. Pure. */
import type { CircleView, Entry, Member, UserId } from "../../core/index.ts"

export function newcomers({ entries, detail, hasEarlier }: CircleView, readBefore: number): readonly Member[] {
  const given = new Set(entries.flatMap((entry) => granted(entry) ?? []))
  const firstMessage = hasEarlier ? 0 : (entries.find(({ kind }) => kind === "message")?.seq ?? Infinity)
  const came = new Set(
    entries.flatMap(({ seq, ...entry }) => {
      if (entry.kind !== "event" || entry.event.type !== "joined" || seq === null) return []
      return seq > readBefore && seq > firstMessage ? [entry.event.user] : []
    }),
  )
  const members = detail?.members ?? []
  return members.filter(({ user, role }) => role !== "guest" && came.has(user) && !given.has(user))
}

function granted(entry: Entry): UserId | undefined {
  return entry.kind === "event" && entry.event.type === "history_granted" ? entry.event.user : undefined
}
