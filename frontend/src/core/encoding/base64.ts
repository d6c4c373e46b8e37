/** Standard base64 with padding, in its one canonical spelling (RFC 4648 §4). */
import { NotCanonical } from "./canonical.ts"

/** String.fromCharCode takes its bytes as arguments; engines bound their number. */
const CHUNK = 0x8000

export function toBase64(bytes: Uint8Array): string {
  let binary = ""
  for (let at = 0; at < bytes.length; at += CHUNK) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  }
  return btoa(binary)
}

/** Throws NotCanonical. */
export function fromBase64(text: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch (cause) {
    throw new NotCanonical("not base64", cause)
  }
  // atob forgives white space, missing padding and stray bits; a second spelling of the same bytes is refused.
  if (btoa(binary) !== text) throw new NotCanonical("not canonical base64")
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
