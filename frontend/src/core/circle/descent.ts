/**
 * Whether the group that a joiner was shown descends from a state that this person's vault has marked: the transcript
 * hashes of the epochs between are made anew from the commits of the log.
 */
import type { Api } from "../api/client.ts"
import { fromBase64 } from "../encoding/base64.ts"
import type { CircleId } from "../ids.ts"
import { confirmedAfter, interimAfter } from "../mls/transcript.ts"
import type { Mark } from "../vault/content.ts"
import type { Unconfirmed } from "./standing.ts"

const PAGE = 500

export interface CommitsOf {
  readonly api: Pick<Api, "itemsBefore">
  readonly circle: CircleId
  /** Place of this device's own commit. */
  readonly joined: number
}

/**
 * What the confirmed transcript hash must be for the mark to hold: of the mark's epoch when this device has processed
 * it itself, else of the group as it was shown. Undefined when the log does not tell.
 */
export async function descent(
  mark: Mark,
  { epochs, shown }: Unconfirmed,
  log: CommitsOf,
): Promise<Uint8Array | undefined> {
  if (epochs.has(mark.epoch) || mark.epoch === shown.epoch) return mark.confirmed
  if (mark.epoch > shown.epoch) return undefined
  const commits = await commitsFrom(mark.epoch, log)
  let confirmed: Uint8Array | undefined = mark.confirmed
  for (let epoch = mark.epoch; epoch < shown.epoch; epoch += 1) {
    const [made, next] = [commits.get(epoch), commits.get(epoch + 1)]
    if (made === undefined || next === undefined || confirmed === undefined) return undefined
    const interim = await interimAfter(confirmed, made)
    confirmed = interim === undefined ? undefined : await confirmedAfter(interim, next)
  }
  return confirmed
}

/** The commits that made the epochs from this one on, read backwards. */
async function commitsFrom(
  epoch: number,
  { api, circle, joined }: CommitsOf,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const commits = new Map<number, Uint8Array>()
  let before = joined
  for (;;) {
    const { base, items } = await api.itemsBefore(circle, before, PAGE)
    for (const item of items) if (item.kind === "commit") commits.set(item.epoch, fromBase64(item.commit))
    if (commits.has(epoch) || items.length === 0 || base.seq === 0 || base.seq + 1 >= before) return commits
    before = base.seq + 1
  }
}
