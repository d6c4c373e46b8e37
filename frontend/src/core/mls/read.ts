/**
 * Reading a commit without a group: what it says of itself. For the history that a new device reads, where no state of
 * the epoch exists any more; nothing here is verified except the form.
 */
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls"
import { decodeExact } from "./exact.ts"

export interface CommitAsWritten {
  readonly groupId: Uint8Array
  /** The epoch it was made in. */
  readonly epoch: bigint
  /** True when its committer comes in by it. */
  readonly external: boolean
  /** Identity of the committer's new leaf: a device certificate, not verified. */
  readonly identity: Uint8Array
  readonly authenticatedData: Uint8Array
}

/** Undefined when the bytes are not one commit as a PublicMessage with a path. */
export function readCommit(bytes: Uint8Array): CommitAsWritten | undefined {
  const message = decodeExact(bytes, decodeMlsMessage, encodeMlsMessage)
  if (message?.wireformat !== "mls_public_message") return undefined
  const { content } = message.publicMessage
  if (content.contentType !== "commit") return undefined
  const credential = content.commit.path?.leafNode.credential
  if (credential?.credentialType !== "basic") return undefined
  return {
    groupId: content.groupId,
    epoch: content.epoch,
    external: content.sender.senderType === "new_member_commit",
    identity: credential.identity,
    authenticatedData: content.authenticatedData,
  }
}
