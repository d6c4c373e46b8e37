/**
 * The one cipher suite of Cordée, and the one private-use extension.
 *
 * Everything in this folder takes its cryptography from here; nothing else in the client opens ts-mls.
 * RFC 9420 §17.1 (suite 0x0001), §17.3 (extension types from 0xF000 are private use).
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { getCiphersuiteFromName, getCiphersuiteImpl, type CiphersuiteImpl } from "ts-mls"
import { verify } from "./ed25519.ts"

export const SUITE_NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"

/** `circle_policy`: the people of the circle and the head of their signed chain, in the group context. */
export const CIRCLE_POLICY = 0xf0c1

let loading: Promise<CiphersuiteImpl> | undefined

/** Suite 0x0001 over WebCrypto and @noble; made once, kept for the life of the page. */
export function suite(): Promise<CiphersuiteImpl> {
  loading ??= getCiphersuiteImpl(getCiphersuiteFromName(SUITE_NAME)).then((impl) => ({
    ...impl,
    // A tree of 60 devices is hashed several hundred times a commit; a WebCrypto call costs ten times such a hash.
    hash: { ...impl.hash, digest: (data) => Promise.resolve(sha256(data)) },
    signature: {
      ...impl.signature,
      verify: (publicKey, message, signature) => Promise.resolve(verify(publicKey, message, signature)),
    },
  }))
  return loading
}
