/**
 * Decoding that accepts one encoding only.
 *
 * The library hashes and signs what it re-encodes, the server hashes the bytes it received; both agree only on
 * bytes that are their own re-encoding. So anything else is refused: long length prefixes, odd presence octets,
 * bytes left over.
 */
import { sameBytes } from "./bytes.ts"

type Decode<T> = (bytes: Uint8Array, offset: number) => [T, number] | undefined

/** The value, or undefined when the bytes are not its one canonical encoding. */
export function decodeExact<T>(bytes: Uint8Array, decode: Decode<T>, encode: (value: T) => Uint8Array): T | undefined {
  try {
    const decoded = decode(bytes, 0)
    if (decoded === undefined || !sameBytes(encode(decoded[0]), bytes)) return undefined
    return decoded[0]
  } catch {
    return undefined
  }
}
