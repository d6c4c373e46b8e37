/** An honest commit, what its author and a fellow member know, and how it is turned into a hostile one. */
import { encodeMlsMessage, type MLSMessage, type RatchetTree } from "ts-mls"
import { encodeCommit, type Commit } from "ts-mls/commit.js"
import type { UpdatePath } from "ts-mls/updatePath.js"
import type { OwnLeaf } from "../../../../src/core/mls/group.ts"
import { publicMessage } from "../../../mls/cast.ts"
import { changedCommit, type Signer } from "../../../mls/hostile.ts"
import { byJoiner, byMember } from "../frame.ts"

/** An honest commit, and what its author and a fellow member know. */
export interface Honest {
  readonly message: MLSMessage
  readonly signer: Signer
  readonly tree: RatchetTree
  /** The committer's leaf: of a joiner the one that it gets. */
  readonly leaf: number
  readonly external: boolean
  readonly other: OwnLeaf
  readonly otherLeaf: number
  readonly before: Uint8Array | undefined
}

export interface Hostile {
  readonly reason: string
  readonly code: string
  /** Whether this honest commit can be turned into it; always, unless it says otherwise. */
  readonly fits?: (honest: Honest) => boolean
  readonly make: (honest: Honest) => Uint8Array | Promise<Uint8Array>
}

export const bytesOf = ({ message }: Honest): Uint8Array => encodeMlsMessage(message)

export const byMembers = ({ external }: Honest): boolean => !external
export const byJoiners = ({ external }: Honest): boolean => external
export const withPath = ({ message }: Honest): boolean => pathOrNone(message) !== undefined
export const withNodes = ({ message }: Honest): boolean => (pathOrNone(message)?.nodes.length ?? 0) > 0
export const withTwoNodes = ({ message }: Honest): boolean => (pathOrNone(message)?.nodes.length ?? 0) > 1
export const byMembersWithPath = (honest: Honest): boolean => byMembers(honest) && withPath(honest)

/** The commit's path; only where one of the conditions above says that there is one. */
export function path({ message }: Honest): UpdatePath {
  const found = pathOrNone(message)
  if (found === undefined) throw new TypeError("no path")
  return found
}

function pathOrNone(message: MLSMessage): UpdatePath | undefined {
  return commitIn(message).path
}

export function commitIn(message: MLSMessage): Commit {
  const { content } = publicMessage(message)
  if (content.contentType !== "commit") throw new TypeError("not a commit")
  return content.commit
}

/** Who sends the honest commit, as a frame says it. */
export const senderOf = ({ external, leaf }: Honest): Uint8Array => (external ? byJoiner : byMember(leaf))

/** The honest path without a proposal: the body of a commit. */
export const pathAlone = (honest: Honest): Uint8Array => encodeCommit({ proposals: [], path: path(honest) })

export async function recommitted(honest: Honest, change: (commit: Commit) => Commit): Promise<Uint8Array> {
  return encodeMlsMessage(await changedCommit(honest.message, honest.signer, change))
}
