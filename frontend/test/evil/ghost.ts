/** Devices that nobody's owner has made, and how they come into a group as the server sees it. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { fromBase64 } from "../../src/core/encoding/base64.ts"
import { newId } from "../../src/core/encoding/uuid.ts"
import { makeCertificate } from "../../src/core/identity/certificate.ts"
import { asId, type Circle, type DeviceId, type UserId } from "../../src/core/index.ts"
import { joinExternally, type OwnCommit, type OwnLeaf } from "../../src/core/mls/group.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import type { Json } from "./middle.ts"
import type { Device, Stage } from "./stage.ts"

export const random = {
  clock: { now: (): number => Date.now() },
  randomBytes: (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length)),
}

/** A device made in the name of `user`, certified by a key that is not theirs, unless the attacker has it. */
export async function ghost(
  user: string,
  identityPrivateKey = random.randomBytes(32),
): Promise<OwnLeaf & { readonly device: DeviceId }> {
  const signaturePrivateKey = random.randomBytes(32)
  const signaturePublicKey = ed25519.getPublicKey(signaturePrivateKey)
  const device = newId<DeviceId>(random)
  const certificate = await makeCertificate({
    user: asId<UserId>(user),
    device,
    key: signaturePublicKey,
    created: Date.now() - 60_000,
    identityPrivateKey,
  })
  return { certificate, device, signaturePrivateKey, signaturePublicKey }
}

export interface Shown extends Json {
  readonly group_info: string
  readonly tree: string
  readonly epoch: number
}

/** What the server knows of a group anyway. */
export async function groupOf({ account }: Device, circle: Circle, stage: Stage): Promise<Shown> {
  const answer = await fetch(new URL(`/api/circles/${circle.id}/group`, stage.url), {
    headers: { Cookie: account.cookie },
  })
  return (await answer.json()) as Shown
}

/** The ghost's external commit; it is made with no check of its own. */
export async function comesIn(leaf: OwnLeaf, { group_info, tree }: Shown): Promise<OwnCommit> {
  return joinExternally(
    {
      groupInfo: fromBase64(group_info),
      ratchetTree: fromBase64(tree),
      leaf,
      authenticatedData: writeNote(Date.now(), []),
    },
    { leaf: () => undefined, group: () => undefined },
  )
}

/** What the server would answer to this person. */
export async function asServer<T>(path: string, { cookie }: Device["account"], { url }: Stage): Promise<T> {
  return (await (await fetch(new URL(path, url), { headers: { Cookie: cookie } })).json()) as T
}
