/** UUIDs as the 16 bytes that are hashed and signed, and new ones (version 7, RFC 9562). */
import { v7 } from "uuid"
import { asId, type AnyId } from "../ids.ts"
import type { Clock } from "../platform.ts"

export function idBytes(id: AnyId): Uint8Array {
  const hex = id.replaceAll("-", "")
  return Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16))
}

/** Takes 16 bytes. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's type says which
export function idFromBytes<T extends AnyId>(bytes: Uint8Array): T {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return asId<T>(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"))
}

/** True for version 7; like the server, takes the RFC's variant alone. */
export function isVersion7(bytes: Uint8Array): boolean {
  return ((bytes[6] ?? 0) & 0xf0) === 0x70 && ((bytes[8] ?? 0) & 0xc0) === 0x80
}

export interface IdSource {
  readonly clock: Pick<Clock, "now">
  readonly randomBytes: (length: number) => Uint8Array
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's type says which
export function newId<T extends AnyId>({ clock, randomBytes }: IdSource): T {
  return asId<T>(v7({ msecs: clock.now(), random: randomBytes(16) }))
}
