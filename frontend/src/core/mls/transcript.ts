/**
 * What a commit adds to its group's transcript, from the commit's bytes alone (RFC 9420 §8.2): so that who has no
 * state of those epochs can still tell whether one epoch descends from another.
 */
import { decodeMlsMessage, encodeMlsMessage, type PublicMessage } from "ts-mls"
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js"
import { decodeExact } from "./exact.ts"
import { suite } from "./suite.ts"

/** The confirmed transcript hash that a commit leads to; undefined when the bytes are not a public commit. */
export async function confirmedAfter(interim: Uint8Array, commit: Uint8Array): Promise<Uint8Array | undefined> {
  const message = publicMessage(commit)
  if (message?.content.contentType !== "commit") return undefined
  const { auth, content } = message
  const input = { wireformat: "mls_public_message", content, signature: auth.signature } as const
  return createConfirmedHash(interim, input, (await suite()).hash)
}

/** The interim transcript hash of the epoch that `commit` made, whose confirmed one is `confirmed`. */
export async function interimAfter(confirmed: Uint8Array, commit: Uint8Array): Promise<Uint8Array | undefined> {
  const auth = publicMessage(commit)?.auth
  if (auth?.contentType !== "commit") return undefined
  return createInterimHash(confirmed, auth.confirmationTag, (await suite()).hash)
}

function publicMessage(commit: Uint8Array): PublicMessage | undefined {
  const message = decodeExact(commit, decodeMlsMessage, encodeMlsMessage)
  return message?.wireformat === "mls_public_message" ? message.publicMessage : undefined
}
