/**
 * A vault as it is stored: sealed under a random vault key, its head signed by the identity key inside.
 *
 * The server keeps it and can open nothing; the head binds person, generation, number of the vault key and bytes, so
 * that neither an older vault nor a made-up one passes for the present one (docs/protocol.md, table of labels).
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { toBase64 } from "../encoding/base64.ts"
import { concat } from "../encoding/bytes.ts"
import { encode, NotCanonical } from "../encoding/canonical.ts"
import type { UserId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"
import { CONTENT_LIMIT, identityKey, readContent, writeContent, type VaultContent } from "./content.ts"

const HEAD_LABEL = "CordeeVaultHead"
const NONCE_SIZE = 24
const TAG_SIZE = 16

/** What the server keeps, without the wrappers. */
export interface SealedVault {
  /** Grows by one with each write. */
  readonly generation: number
  /** The number of the vault key: grows when the key is new. */
  readonly key: number
  readonly sealed: Uint8Array
  readonly headSignature: Uint8Array
}

export class VaultRefused extends Error {
  /**
   * `wrong_key`: this key does not open it. `bad_head`: not signed by the identity inside. `malformed`: opens to
   * nonsense. `rolled_back`: older than what this device has seen, or another one in its place. `other_identity`: of
   * an identity that does not follow the one known here. `no_wrapper`: this device is no unlocker of it any more.
   */
  readonly code: "wrong_key" | "bad_head" | "malformed" | "rolled_back" | "other_identity" | "no_wrapper"

  constructor(code: VaultRefused["code"], cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = "VaultRefused"
    this.code = code
  }
}

export interface NewVault extends Pick<SealedVault, "generation" | "key"> {
  readonly user: UserId
  readonly content: VaultContent
  readonly vaultKey: Uint8Array
  readonly randomBytes: (length: number) => Uint8Array
}

export async function sealVault(vault: NewVault): Promise<SealedVault> {
  const { content, generation, key, randomBytes, user, vaultKey } = vault
  const nonce = randomBytes(NONCE_SIZE)
  const cipher = xchacha20poly1305(vaultKey, nonce, associated(user, { generation, key }))
  const sealed = concat(nonce, cipher.encrypt(writeContent(content)))
  const headSignature = await signWithLabel(content.identity, HEAD_LABEL, head(user, { generation, key, sealed }))
  return { generation, key, sealed, headSignature }
}

/** Throws VaultRefused. That the identity inside is the person's is for the caller to say. */
export async function openVault(user: UserId, vault: SealedVault, vaultKey: Uint8Array): Promise<VaultContent> {
  const { headSignature, sealed } = vault
  if (sealed.length < NONCE_SIZE || sealed.length > NONCE_SIZE + CONTENT_LIMIT + TAG_SIZE) {
    throw new VaultRefused("malformed")
  }
  let plaintext: Uint8Array
  try {
    const cipher = xchacha20poly1305(vaultKey, sealed.slice(0, NONCE_SIZE), associated(user, vault))
    plaintext = cipher.decrypt(sealed.slice(NONCE_SIZE))
  } catch (cause) {
    throw new VaultRefused("wrong_key", cause)
  }
  const content = read(plaintext)
  if (!(await verifyWithLabel(identityKey(content), HEAD_LABEL, head(user, vault), headSignature))) {
    throw new VaultRefused("bad_head")
  }
  return content
}

function read(plaintext: Uint8Array): VaultContent {
  try {
    return readContent(plaintext)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new VaultRefused("malformed", cause)
    throw cause
  }
}

function associated(user: UserId, { generation, key }: Pick<SealedVault, "generation" | "key">): Uint8Array {
  return encode({ generation, key, label: "cordee vault", user })
}

function head(user: UserId, { generation, key, sealed }: Omit<SealedVault, "headSignature">): Uint8Array {
  return encode({ digest: toBase64(sha256(sealed)), generation, key, user, v: 1 })
}
