/** policy.json: chains, policies, commits and invitations, valid and hostile, each with the code of its refusal. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { fromUtf8, sameBytes, utf8 } from "../../src/core/encoding/bytes.ts"
import { writeTime } from "../../src/core/encoding/time.ts"
import { makeCertificate } from "../../src/core/identity/certificate.ts"
import { readChange } from "../../src/core/policy/change.ts"
import { fold } from "../../src/core/policy/fold.ts"
import { makeInvitation, type NewInvitation } from "../../src/core/policy/invitation.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import { writePolicy } from "../../src/core/policy/policy.ts"
import {
  amadou,
  at,
  camille,
  CIRCLE,
  lea,
  OTHER_CIRCLE,
  person,
  renewed,
  seeded,
  someone,
  stranger,
  type Someone,
} from "./cast.ts"
import { create, end, grow, invite, next, rewritten } from "./chain.ts"
import { keysOf, leafVectors, operationVectors, pendingPerson, rotation } from "./operations.ts"
import { lifeVectors } from "./lives.ts"

/** Change 0 of a team or of a direct exchange. */
const withoutPatient = { ...create, person: { ...create.person, ground: "no_patient" } } as const

export async function policyVectors(): Promise<object> {
  const opened = await grow([], create)
  const two = await grow(opened, invite(amadou))
  const three = await grow(two, invite(lea))
  const twoCoordinators = await grow(opened, invite(amadou, "coordinator"))

  const expired = {
    ...camille,
    certificate: await makeCertificate({
      user: camille.user,
      device: camille.device,
      key: camille.leafKey,
      created: at(-4 * 366 * 24 * 60),
      identityPrivateKey: camille.identityPrivateKey,
    }),
  }
  const posing = await someone("stranger", 1)
  const borrowed = { ...camille, certificate: posing.certificate, signaturePrivateKey: posing.signaturePrivateKey }
  const foreignHistory = { ...person(amadou), historySignature: lea.historySignature }
  const [first, second] = two
  if (first === undefined || second === undefined) throw new TypeError("two changes were made")

  const chains: readonly { name: string; changes: readonly Uint8Array[]; code: string | null }[] = [
    { name: "opened", changes: opened, code: null },
    { name: "two people", changes: two, code: null },
    { name: "three people", changes: three, code: null },
    {
      name: "invited, ended, invited again",
      changes: await grow(two, end(amadou, "declined"), invite(amadou)),
      code: null,
    },
    { name: "a guest with an end", changes: await grow(opened, invite(lea, "guest", at(100_000))), code: null },
    {
      name: "a coordinator ended by the other",
      changes: [...twoCoordinators, await next(twoCoordinators, end(camille), amadou)],
      code: null,
    },
    { name: "nothing", changes: [], code: "bad_first_change" },
    { name: "begins with an invitation", changes: [await next([], invite(amadou))], code: "bad_first_change" },
    { name: "first change numbered 1", changes: [await next([], create, camille, { n: 1 })], code: "bad_first_change" },
    {
      name: "first change of another circle",
      changes: [await next([], create, camille, { circle: OTHER_CIRCLE })],
      code: "bad_first_change",
    },
    {
      name: "first change follows something",
      changes: [await next([], create, camille, { prev: seeded("prev") })],
      code: "bad_first_change",
    },
    {
      name: "creator is no coordinator",
      changes: [await next([], { ...create, person: person(camille, "member") })],
      code: "bad_first_change",
    },
    { name: "another suite", changes: [await next([], { ...create, suite: 3 })], code: "bad_first_change" },
    { name: "created for someone else", changes: [await next([], create, stranger)], code: "bad_change_signature" },
    {
      name: "creator's certificate names another user",
      changes: [await next([], { ...create, person: { ...person(camille, "coordinator"), user: amadou.user } })],
      code: "wrong_signer",
    },
    {
      name: "creator's history key signed by another",
      changes: [
        await next([], {
          ...create,
          person: { ...person(camille, "coordinator"), historySignature: amadou.historySignature },
        }),
      ],
      code: "bad_history_key",
    },
    { name: "a hole", changes: [...opened, await next(two, invite(lea))], code: "broken_chain" },
    { name: "the same number twice", changes: [...two, await next(opened, invite(lea))], code: "broken_chain" },
    {
      name: "does not follow the hash",
      changes: [...opened, await next(opened, invite(amadou), camille, { prev: seeded("prev") })],
      code: "broken_chain",
    },
    {
      name: "a change of another circle",
      changes: [...opened, await next(opened, invite(amadou), camille, { circle: OTHER_CIRCLE })],
      code: "broken_chain",
    },
    { name: "a member invites", changes: [...two, await next(two, invite(lea), amadou)], code: "not_allowed" },
    { name: "a stranger invites", changes: [...two, await next(two, invite(lea), stranger)], code: "not_allowed" },
    { name: "a member ends another", changes: [...three, await next(three, end(lea), amadou)], code: "not_allowed" },
    {
      name: "a coordinator past the end of membership",
      changes: await (async () => {
        const chain = await grow(opened, invite(amadou, "coordinator", at(15)))
        return [...chain, await next(chain, invite(lea), amadou)]
      })(),
      code: "not_allowed",
    },
    {
      name: "a device that the coordinator never certified",
      changes: [...opened, await next(opened, invite(amadou), borrowed)],
      code: "bad_change_signature",
    },
    {
      name: "signature of another change",
      changes: [...opened, rewritten(second, writeTime(at(10)), writeTime(at(11)))],
      code: "bad_change_signature",
    },
    {
      name: "certificate expired",
      changes: [...opened, await next(opened, invite(amadou), expired)],
      code: "certificate_expired",
    },
    {
      name: "signed before the certificate",
      changes: [...opened, await next(opened, invite(amadou), camille, { time: at(-3000) })],
      code: "certificate_expired",
    },
    { name: "invited twice", changes: await grow(two, invite(amadou)), code: "already_in_policy" },
    {
      name: "history key signed by another",
      changes: await grow(opened, { type: "invite", person: foreignHistory }),
      code: "bad_history_key",
    },
    {
      name: "two people without a patient",
      changes: await grow([], withoutPatient, {
        type: "invite",
        person: { ...person(amadou), ground: "no_patient" },
      }),
      code: null,
    },
    {
      name: "without a patient in a circle that has one",
      changes: await grow(opened, { type: "invite", person: { ...person(amadou), ground: "no_patient" } }),
      code: "wrong_ground",
    },
    {
      name: "about a patient in a circle that has none",
      changes: await grow([], withoutPatient, invite(amadou)),
      code: "wrong_ground",
    },
    { name: "a guest without an end", changes: await grow(opened, invite(lea, "guest")), code: "guest_without_end" },
    { name: "an end in the past", changes: await grow(opened, invite(lea, "member", at(5))), code: "end_in_the_past" },
    { name: "ends one who is not there", changes: await grow(opened, end(lea)), code: "unknown_person" },
    { name: "ends the last coordinator", changes: await grow(two, end(camille)), code: "last_coordinator" },
    { name: "created twice", changes: await grow(opened, create), code: "bad_change" },
    { name: "not canonical", changes: [rewritten(first, '{"cert"', '{ "cert"')], code: "bad_change" },
    { name: "an unknown field", changes: [rewritten(first, '"v":1}', '"v":1,"w":1}')], code: "bad_change" },
    { name: "an unknown version", changes: [rewritten(first, '"v":1}', '"v":2}')], code: "bad_change" },
    {
      name: "an unknown operation",
      changes: [...opened, rewritten(second, '"type":"invite"', '"type":"invent"')],
      code: "bad_change",
    },
    {
      name: "an unknown role",
      changes: [...opened, rewritten(second, '"role":"member"', '"role":"master"')],
      code: "bad_change",
    },
    {
      name: "a settings field",
      changes: [rewritten(first, '"settings":{"orders":null}', '"settings":{"a":1,"orders":null}')],
      code: "bad_change",
    },
    { name: "a time without milliseconds", changes: [rewritten(first, ".000Z", "Z")], code: "bad_change" },
  ]

  const policy = writePolicy(await fold(two, CIRCLE))
  const third = await next(two, invite(lea))
  const extension = writePolicy(await fold([...two, third], CIRCLE))
  const commits = [
    { name: "invites", before: policy, note: writeNote(at(20), [third]), extension, code: null },
    { name: "updates a key", before: policy, note: writeNote(at(20), []), extension: null, code: null },
    {
      name: "change without extension",
      before: policy,
      note: writeNote(at(20), [third]),
      extension: null,
      code: "wrong_fold",
    },
    { name: "extension without change", before: policy, note: writeNote(at(20), []), extension, code: "wrong_fold" },
    {
      name: "extension of another chain",
      before: policy,
      note: writeNote(at(20), [third]),
      extension: writePolicy(await fold(await grow(two, end(amadou)), CIRCLE)),
      code: "wrong_fold",
    },
    {
      name: "a change without right",
      before: policy,
      note: writeNote(at(20), [await next(two, invite(lea), amadou)]),
      extension,
      code: "not_allowed",
    },
    {
      name: "a change of another time",
      before: policy,
      note: writeNote(at(21), [third]),
      extension,
      code: "bad_change",
    },
    {
      name: "a note with an unknown field",
      before: policy,
      note: rewritten(writeNote(at(20), []), '"v":1}', '"v":1,"w":1}'),
      extension: null,
      code: "bad_note",
    },
    { name: "a note that is not JSON", before: policy, note: utf8("later"), extension: null, code: "bad_note" },
  ]

  const policies = [
    { name: "two people", extension: policy, code: null },
    { name: "not canonical", extension: rewritten(policy, '{"circle"', '{ "circle"'), code: "bad_policy" },
    { name: "an unknown field", extension: rewritten(policy, '"v":1}', '"v":1,"w":1}'), code: "bad_policy" },
    {
      name: "a device revoked",
      extension: rewritten(policy, '"revoked":[]', `"revoked":["${camille.device}"]`),
      code: null,
    },
    {
      name: "devices revoked out of order",
      extension: rewritten(policy, '"revoked":[]', `"revoked":["${lea.device}","${camille.device}"]`),
      code: "bad_policy",
    },
    {
      name: "a device revoked twice",
      extension: rewritten(policy, '"revoked":[]', `"revoked":["${lea.device}","${lea.device}"]`),
      code: "bad_policy",
    },
    {
      name: "keys and a commitment",
      extension: rewritten(policy, '"pending":null', `"pending":"${toBase64(seeded("pending"))}"`),
      code: "bad_policy",
    },
    { name: "persons out of order", extension: swapPersons(policy), code: "bad_policy" },
  ]

  const pin: NewInvitation = {
    circle: CIRCLE,
    change0: readChange(first).hash,
    head: { n: 1, hash: readChange(second).hash },
    user: amadou.user,
    identity: amadou.identity,
    created: at(10),
    expires: at(20_000),
  }
  const invitation = await makeInvitation(pin, camille)
  const other = await grow([], { ...create, steward: ed25519.getPublicKey(seeded("steward")) }, invite(amadou))
  const me = amadou
  const invitations = [
    { name: "names me", changes: two, invitation, me, code: null },
    { name: "names me, the chain has grown", changes: three, invitation, me, code: null },
    { name: "another chain", changes: other, invitation, me, code: "broken_chain" },
    { name: "a chain cut before the pin", changes: opened, invitation, me, code: "broken_chain" },
    { name: "names someone else", changes: two, invitation, me: lea, code: "wrong_invitation" },
    {
      name: "signed by the invitee",
      changes: two,
      invitation: await makeInvitation(pin, amadou),
      me,
      code: "wrong_invitation",
    },
    {
      name: "signed by a stranger",
      changes: two,
      invitation: await makeInvitation(pin, stranger),
      me,
      code: "wrong_invitation",
    },
    {
      name: "pins a change that invites another",
      changes: [...two, third],
      invitation: await makeInvitation({ ...pin, head: { n: 2, hash: readChange(third).hash } }, camille),
      me,
      code: "wrong_invitation",
    },
    {
      name: "signed by another coordinator than who invited",
      changes: await grow(twoCoordinators, invite(lea)),
      invitation: await makeInvitation(
        {
          ...pin,
          head: { n: 2, hash: readChange(await next(twoCoordinators, invite(lea))).hash },
          user: lea.user,
          identity: lea.identity,
          created: at(20),
        },
        amadou,
      ),
      me: lea,
      code: "wrong_invitation",
    },
    {
      name: "made at another time",
      changes: two,
      invitation: await makeInvitation({ ...pin, created: at(11) }, camille),
      me,
      code: "wrong_invitation",
    },
    {
      name: "of another circle",
      changes: two,
      invitation: await makeInvitation({ ...pin, circle: OTHER_CIRCLE }, camille),
      me,
      code: "wrong_invitation",
    },
    {
      name: "altered",
      changes: two,
      invitation: rewritten(invitation, writeTime(at(20_000)), writeTime(at(20_001))),
      me,
      code: "wrong_invitation",
    },
    {
      name: "an unknown field",
      changes: two,
      invitation: rewritten(invitation, '"v":1}', '"v":1,"w":1}'),
      me,
      code: "bad_invitation",
    },
    { name: "names me, who was ended since", changes: await grow(two, end(amadou)), invitation, me, code: "not_named" },
    ...(await changedSince(two, invitation)),
    ...(await whilePending(opened, pin)),
  ]

  return {
    origin: "frontend/test/vectors/generate.ts",
    circle: CIRCLE,
    chains: await Promise.all(
      chains.map(async ({ changes, code, name }) => ({
        name,
        changes: changes.map(toBase64),
        code,
        policy: code === null ? toBase64(writePolicy(await fold(changes, CIRCLE))) : null,
      })),
    ),
    operations: await operationVectors(),
    lives: await lifeVectors(),
    leaves: await leafVectors(),
    policies: policies.map((entry) => ({ ...entry, extension: toBase64(entry.extension) })),
    commits: commits.map((entry) => ({
      ...entry,
      before: toBase64(entry.before),
      note: toBase64(entry.note),
      extension: entry.extension === null ? null : toBase64(entry.extension),
    })),
    invitations: invitations.map((entry) => ({
      name: entry.name,
      changes: entry.changes.map(toBase64),
      invitation: toBase64(entry.invitation),
      me: { circle: CIRCLE, user: entry.me.user, identity: toBase64(entry.me.identity) },
      code: entry.code,
    })),
  }
}

interface InvitationCase {
  readonly name: string
  readonly changes: readonly Uint8Array[]
  readonly invitation: Uint8Array
  readonly me: Someone
  readonly code: string | null
}

/** The invitee's keys are others than those that the invitation pinned. */
async function changedSince(chain: readonly Uint8Array[], invitation: Uint8Array): Promise<readonly InvitationCase[]> {
  const me = await renewed(amadou)
  const rotated = await grow(chain, { type: "rotate", rotation: await rotation(amadou, me) })
  const reset = await grow(chain, { type: "reset", ...keysOf(me) })
  return [
    { name: "names me, with the key I had before a rotation", changes: rotated, invitation, me, code: null },
    { name: "names me, with the key I had before a reset", changes: reset, invitation, me, code: null },
    { name: "another key is mine by now", changes: chain, invitation, me, code: "not_named" },
  ]
}

/** The invitee had no keys when the invitation was signed. */
async function whilePending(opened: readonly Uint8Array[], pin: NewInvitation): Promise<readonly InvitationCase[]> {
  const pending = await grow(opened, { type: "invite", person: pendingPerson(amadou) })
  const pinned = pending.at(-1)
  if (pinned === undefined) throw new TypeError("a person was invited")
  const head = { n: 1, hash: readChange(pinned).hash }
  const invitation = await makeInvitation({ ...pin, head, identity: null }, camille)
  const admitted = await grow(pending, { type: "admit", ...keysOf(amadou) })
  const swapped = await grow(pending, { type: "admit", ...keysOf(await renewed(amadou)) })
  const me = amadou
  return [
    { name: "pending, and admitted since", changes: admitted, invitation, me, code: null },
    { name: "pending, and not yet admitted", changes: pending, invitation, me, code: "not_named" },
    { name: "pending, and admitted with another key", changes: swapped, invitation, me, code: "not_named" },
    {
      name: "pending, with a key in the invitation",
      changes: admitted,
      invitation: await makeInvitation({ ...pin, head }, camille),
      me,
      code: "wrong_invitation",
    },
    {
      name: "without the key that the chain has",
      changes: await grow(opened, invite(amadou)),
      invitation: await makeInvitation({ ...pin, identity: null }, camille),
      me,
      code: "wrong_invitation",
    },
  ]
}

/** Two persons in the wrong order; nothing else differs. */
function swapPersons(extension: Uint8Array): Uint8Array {
  const match = /^(.*"persons":\[)(\{.*\}),(\{.*\})(\],"settings".*)$/.exec(fromUtf8(extension))
  if (match === null) throw new TypeError("a policy of two persons")
  const [, before = "", one = "", two = "", after = ""] = match
  const swapped = utf8(`${before}${two},${one}${after}`)
  if (sameBytes(swapped, extension)) throw new TypeError("nothing swapped")
  return swapped
}
