/**
 * What a file is, by its first bytes and not by its author's word. Only what is listed here is ever given to the
 * browser under its own type; everything else is bytes to be saved, so that no page and no drawing with scripts opens
 * in this origin.
 */

const KINDS = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], 0],
  ["image/jpeg", [0xff, 0xd8, 0xff], 0],
  ["image/gif", [0x47, 0x49, 0x46, 0x38], 0],
  ["image/webp", [0x57, 0x45, 0x42, 0x50], 8],
  ["application/pdf", [0x25, 0x50, 0x44, 0x46, 0x2d], 0],
] as const

export type KnownType = (typeof KINDS)[number][0]
export const OTHER_TYPE = "application/octet-stream"

export function typeOf(beginning: Uint8Array): KnownType | typeof OTHER_TYPE {
  const found = KINDS.find(([, magic, at]) => magic.every((byte, index) => beginning[at + index] === byte))
  return found?.[0] ?? OTHER_TYPE
}
