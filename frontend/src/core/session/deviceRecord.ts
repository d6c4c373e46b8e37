/** What a device keeps of itself and of its person's vault; one record, written before the server is told. */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import { asId, isId, type DeviceId } from "../ids.ts"
import type { Change, Storage } from "../store/storage.ts"
import { record, table, type Table } from "../store/table.ts"
import type { SealedVault } from "../vault/sealing.ts"

export interface DeviceRecord {
  readonly device: DeviceId
  readonly certificate: Uint8Array
  /** Seed of the leaf key; it never leaves this device. */
  readonly signaturePrivateKey: Uint8Array
  /** The newest that this device has seen. */
  readonly vault: SealedVault
  /** Its key, wrapped for the device's own unlocker. */
  readonly wrapper: Uint8Array
  /** False until the server has said that it knows this device. */
  readonly registered: boolean
  /**
   * A code that was made here: kept from before it is sent until the person has said that it is written down. It counts
   * only when the vault has its public key.
   */
  readonly recoveryCode: Uint8Array | null
  /** Devices of the same person that were there before this one, or that the person has been told of. */
  readonly known: readonly DeviceId[] | null
}

const MOST_KNOWN = 10_000

const devices: Table<DeviceRecord> = table(
  "device",
  record(
    (value) => ({
      certificate: toBase64(value.certificate),
      device: value.device,
      known: value.known,
      recoveryCode: value.recoveryCode === null ? null : toBase64(value.recoveryCode),
      registered: value.registered,
      signaturePrivateKey: toBase64(value.signaturePrivateKey),
      v: 2,
      vault: {
        generation: value.vault.generation,
        headSignature: toBase64(value.vault.headSignature),
        key: value.vault.key,
        sealed: toBase64(value.vault.sealed),
      },
      wrapper: toBase64(value.wrapper),
    }),
    (fields) => {
      fields.version(2)
      const vault = fields.object("vault")
      return {
        certificate: fields.bytes("certificate"),
        device: fields.id<DeviceId>("device"),
        known: fields.maybe("known", (from, name) => from.list(name, MOST_KNOWN).map(deviceId)),
        recoveryCode: fields.maybe("recoveryCode", (from, name) => from.bytes(name)),
        registered: fields.flag("registered"),
        signaturePrivateKey: fields.bytes("signaturePrivateKey", 32),
        vault: {
          generation: vault.count("generation"),
          headSignature: vault.bytes("headSignature", 64),
          key: vault.count("key"),
          sealed: vault.bytes("sealed"),
        },
        wrapper: fields.bytes("wrapper"),
      }
    },
  ),
)

function deviceId(value: Json): DeviceId {
  if (typeof value !== "string" || !isId(value)) throw new NotCanonical("not a device")
  return asId<DeviceId>(value)
}

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
