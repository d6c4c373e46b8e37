/** What a device keeps of itself and of its person's vault; one record, written before the server is told. */
import { toBase64 } from "../encoding/base64.ts"
import type { DeviceId } from "../ids.ts"
import type { Change, Storage } from "../store/storage.ts"
import { record, table, type Table } from "../store/table.ts"
import type { SealedVault } from "../vault/vault.ts"

export interface DeviceRecord {
  readonly device: DeviceId
  readonly certificate: Uint8Array
  /** Seed of the leaf key; it never leaves this device. */
  readonly signaturePrivateKey: Uint8Array
  readonly vault: SealedVault
  /** The vault key, wrapped by the platform's device key. */
  readonly wrapper: Uint8Array
  /** False until the server has said that it knows this device. */
  readonly registered: boolean
  /** Of a first device: kept until the person has said that it is written down. */
  readonly recoveryCode: Uint8Array | null
}

const devices: Table<DeviceRecord> = table(
  "device",
  record(
    (value) => ({
      certificate: toBase64(value.certificate),
      device: value.device,
      recoveryCode: value.recoveryCode === null ? null : toBase64(value.recoveryCode),
      registered: value.registered,
      signaturePrivateKey: toBase64(value.signaturePrivateKey),
      v: 1,
      vault: {
        generation: value.vault.generation,
        headSignature: toBase64(value.vault.headSignature),
        sealed: toBase64(value.vault.sealed),
      },
      wrapper: toBase64(value.wrapper),
    }),
    (fields) => {
      fields.version()
      const vault = fields.object("vault")
      return {
        certificate: fields.bytes("certificate"),
        device: fields.id<DeviceId>("device"),
        recoveryCode: fields.maybe("recoveryCode", (from, name) => from.bytes(name)),
        registered: fields.flag("registered"),
        signaturePrivateKey: fields.bytes("signaturePrivateKey", 32),
        vault: {
          generation: vault.count("generation"),
          headSignature: vault.bytes("headSignature", 64),
          sealed: vault.bytes("sealed"),
        },
        wrapper: fields.bytes("wrapper"),
      }
    },
  ),
)

/** There is one. */
const OWN = "own"

export function readDevice(storage: Storage): Promise<DeviceRecord | undefined> {
  return devices.get(storage, OWN)
}

export function putDevice(device: DeviceRecord): Change {
  return devices.put(device, OWN)
}

export function removeDevice(): Change {
  return devices.remove(OWN)
}
