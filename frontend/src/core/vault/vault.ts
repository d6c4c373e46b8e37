/**
 * The vault: a person's identity key and history key, sealed under a random vault key that only the person's unlockers
 * wrap.
 *
 * The server stores it and can open nothing; the generation's head is signed by the identity key and never goes back
 * (e2ee.md, "Vault"; docs/protocol.md, table of labels). Unlockers are in `unlockers.ts`.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { toBase64 } from "../encoding/base64.ts"
import { concat } from "../encoding/bytes.ts"
import { decode, encode, NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { UserId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"

const HEAD_LABEL = "CordeeVaultHead"
const NONCE_SIZE = 24
const LIMIT = 4096

/** Secret. */
export interface VaultSecrets {
  /** Ed25519 seed, 32 bytes */
  readonly identityPrivateKey: Uint8Array
  /** X25519, 32 bytes */
  readonly historyPrivateKey: Uint8Array
}

/** What the server keeps, without the wrappers. */
export interface SealedVault {
  readonly generation: number
  readonly sealed: Uint8Array
  readonly headSignature: Uint8Array
}

export class VaultRefused extends Error {
  /**
   * `wrong_key`: this key does not open it. `bad_head`: not signed by the identity inside. `malformed`: opens to
   * nonsense.
   */
  readonly code: "wrong_key" | "bad_head" | "malformed"

  constructor(code: VaultRefused["code"], cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = "VaultRefused"
    this.code = code
  }
}

export interface NewVault {
  readonly user: UserId
  readonly generation: number
  readonly secrets: VaultSecrets
  readonly vaultKey: Uint8Array
  readonly randomBytes: (length: number) => Uint8Array
}

export async function sealVault({ generation, randomBytes, secrets, user, vaultKey }: NewVault): Promise<SealedVault> {
  const plaintext = encode({
    history: toBase64(secrets.historyPrivateKey),
    identity: toBase64(secrets.identityPrivateKey),
    v: 1,
  })
  const nonce = randomBytes(NONCE_SIZE)
  const cipher = xchacha20poly1305(vaultKey, nonce, associated(user, generation))
  const sealed = concat(nonce, cipher.encrypt(plaintext))
  const headSignature = await signWithLabel(secrets.identityPrivateKey, HEAD_LABEL, head(user, generation, sealed))
  return { generation, sealed, headSignature }
}

/** Throws VaultRefused. */
export async function openVault(user: UserId, vault: SealedVault, vaultKey: Uint8Array): Promise<VaultSecrets> {
  const { generation, headSignature, sealed } = vault
  if (sealed.length < NONCE_SIZE || sealed.length > LIMIT) throw new VaultRefused("malformed")
  let plaintext: Uint8Array
  try {
    const cipher = xchacha20poly1305(vaultKey, sealed.slice(0, NONCE_SIZE), associated(user, generation))
    plaintext = cipher.decrypt(sealed.slice(NONCE_SIZE))
  } catch (cause) {
    throw new VaultRefused("wrong_key", cause)
  }
  const secrets = readSecrets(plaintext)
  const identity = identityPublicKey(secrets)
  if (!(await verifyWithLabel(identity, HEAD_LABEL, head(user, generation, sealed), headSignature))) {
    throw new VaultRefused("bad_head")
  }
  return secrets
}

export function identityPublicKey({ identityPrivateKey }: VaultSecrets): Uint8Array {
  return ed25519.getPublicKey(identityPrivateKey)
}

export function historyPublicKey({ historyPrivateKey }: VaultSecrets): Uint8Array {
  return x25519.getPublicKey(historyPrivateKey)
}

function readSecrets(plaintext: Uint8Array): VaultSecrets {
  try {
    const fields = new Fields(decode(plaintext, LIMIT))
    fields.version()
    const secrets = { historyPrivateKey: fields.bytes("history", 32), identityPrivateKey: fields.bytes("identity", 32) }
    fields.end()
    return secrets
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new VaultRefused("malformed", cause)
    throw cause
  }
}

function associated(user: UserId, generation: number): Uint8Array {
  return encode({ generation, label: "cordee vault", user })
}

function head(user: UserId, generation: number, sealed: Uint8Array): Uint8Array {
  return encode({ digest: toBase64(sha256(sealed)), generation, user, v: 1 })
}
