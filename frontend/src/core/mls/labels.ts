/**
 * Signatures with a label: RFC 9420 §5.1.2, SignWithLabel and VerifyWithLabel, with Ed25519.
 *
 * The label says what a key signs, so that no signature can be shown as another kind of thing;
 * docs/protocol.md lists every label and the key it is used with.
 */
import { signWithLabel as sign, verifyWithLabel as verify } from "ts-mls/crypto/signature.js"
import { ed25519 } from "@noble/curves/ed25519.js"
import { suite } from "./suite.ts"

export interface SignatureKeyPair {
  /** 32 bytes: the Ed25519 seed of RFC 8032 */
  readonly privateKey: Uint8Array
  /** 32 bytes */
  readonly publicKey: Uint8Array
}

export function generateSignatureKeyPair(): SignatureKeyPair {
  const { secretKey, publicKey } = ed25519.keygen()
  return { privateKey: secretKey, publicKey }
}

/** The 64-byte signature over SignContent { "MLS 1.0 " ‖ label, content }. */
export async function signWithLabel(
  privateKey: Uint8Array,
  label: string,
  content: Uint8Array,
): Promise<Uint8Array> {
  return sign(privateKey, label, content, (await suite()).signature)
}

/** Strict verification; false for every malformed key or signature, never a throw. */
export async function verifyWithLabel(
  publicKey: Uint8Array,
  label: string,
  content: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return verify(publicKey, label, content, signature, (await suite()).signature)
}

/** Ed25519 over the bare message, for what is signed outside MLS; as strict as ed25519.ts says. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return (await suite()).signature.verify(publicKey, message, signature)
}
