/** safety.json, vault.json. */
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { fromUtf8 } from "../../src/core/encoding/bytes.ts"
import { writeRecoveryCode } from "../../src/core/identity/recoveryCode.ts"
import { fingerprint, safetyNumber } from "../../src/core/identity/safetyNumber.ts"
import { asId, type CircleId } from "../../src/core/ids.ts"
import { writeContent, type VaultContent } from "../../src/core/vault/content.ts"
import { sealVault } from "../../src/core/vault/sealing.ts"
import {
  passkeyKey,
  passkeyUnlocker,
  PRF_INPUT,
  publicKeyOf,
  RECOVERY,
  recoveryKey,
} from "../../src/core/vault/unlockers.ts"
import { amadou, camille, seeded } from "./cast.ts"

const ORIGIN = "frontend/test/vectors/generate.ts"

export function safetyVectors(): object {
  const { digits, qr } = safetyNumber(camille, amadou)
  return {
    origin: ORIGIN,
    people: [camille, amadou].map((each) => ({
      user: each.user,
      identity: toBase64(each.identity),
      digits: fingerprint(each).join(""),
    })),
    number: digits.join(" "),
    qr,
  }
}

export async function vaultVectors(): Promise<object> {
  const { user } = camille
  const code = seeded("recovery", 20)
  const output = seeded("prf")
  const [recovery, passkey] = [recoveryKey(code, user), passkeyKey(output, user)]
  const circle = asId<CircleId>("019386c5-6d00-7a01-8009-000000000001")
  const content: VaultContent = {
    identity: camille.identityPrivateKey,
    history: camille.historyPrivateKey,
    olderHistories: [seeded("older history")],
    circles: new Map([[circle, { epoch: 7, n: 3, confirmed: seeded("confirmed") }]]),
    stewards: new Map(),
    unlockers: new Map([
      [RECOVERY, publicKeyOf(recovery)],
      [passkeyUnlocker("AQID_-8"), publicKeyOf(passkey)],
    ]),
    verified: new Map([[amadou.user, amadou.identity]]),
    keyLog: null,
  }
  const vaultKey = seeded("vault key")
  const numbers = { generation: 12, key: 3 }
  const randomBytes = (length: number): Uint8Array => seeded("nonce", length)
  const { headSignature, sealed } = await sealVault({ ...numbers, user, content, vaultKey, randomBytes })
  return {
    origin: ORIGIN,
    user,
    identity_key: toBase64(camille.identity),
    recovery: { code: toBase64(code), groups: writeRecoveryCode(code), ...pair(recovery) },
    passkey: { input: toBase64(PRF_INPUT), output: toBase64(output), ...pair(passkey) },
    vault: {
      ...numbers,
      vault_key: toBase64(vaultKey),
      content: fromUtf8(writeContent(content)),
      sealed: toBase64(sealed),
      head_sig: toBase64(headSignature),
    },
  }
}

function pair(privateKey: Uint8Array): object {
  return { private: toBase64(privateKey), public: toBase64(publicKeyOf(privateKey)) }
}
