/**
 * Passkeys of a page: WebAuthn with the PRF extension. What the PRF gives is taken out of the credential here, before
 * anybody could send the one with the other.
 */
import {
  startAuthentication,
  startRegistration,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/browser"
import type { Passkeys, Presented } from "../core/index.ts"

const PRF_SIZE = 32

interface Credential {
  readonly id: string
  readonly clientExtensionResults: object
}

export const passkeys: Passkeys = {
  async get(options, prfInput) {
    const optionsJSON = withPrf(options, prfInput) as PublicKeyCredentialRequestOptionsJSON
    return apart(await startAuthentication({ optionsJSON }))
  },
  async create(options, prfInput) {
    const optionsJSON = withPrf(options, prfInput) as PublicKeyCredentialCreationOptionsJSON
    return apart(await startRegistration({ optionsJSON }))
  },
}

/** allauth wraps the options as `navigator.credentials` takes them. What is inside is the browser's to judge. */
function withPrf(options: unknown, first: Uint8Array): object {
  if (!isObject(options) || !("publicKey" in options) || !isObject(options.publicKey)) throw new TypeError("no options")
  const { publicKey } = options
  const extensions = "extensions" in publicKey && isObject(publicKey.extensions) ? publicKey.extensions : {}
  return { ...publicKey, extensions: { ...extensions, prf: { eval: { first } } } }
}

/** The credential without the PRF, and what the PRF gave. */
function apart(credential: Credential): Presented {
  const { prf, ...rest } = credential.clientExtensionResults as { readonly prf?: unknown }
  return { id: credential.id, prf: output(prf), credential: { ...credential, clientExtensionResults: rest } }
}

function output(prf: unknown): Uint8Array | null {
  if (!isObject(prf) || !("results" in prf) || !isObject(prf.results) || !("first" in prf.results)) return null
  const { first } = prf.results
  const bytes =
    first instanceof ArrayBuffer
      ? new Uint8Array(first)
      : ArrayBuffer.isView(first)
        ? new Uint8Array(first.buffer, first.byteOffset, first.byteLength).slice()
        : null
  return bytes?.length === PRF_SIZE ? bytes : null
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null
}
