/**
 * The vault of this device's person, open: one content on all their devices, written by whoever comes first.
 *
 * A write is the next generation of the one it was made from, or the server refuses it (`vault_moved`): then the newer
 * one is opened and the same change made again. This device never goes back behind the generation it has seen. Used by
 * `session/`; circles see `CircleVault` of it.
 */
import type { Api } from "../api/client.ts"
import type { VaultBlobs, VaultWrapper } from "../api/types.ts"
import { Lane } from "../circle/lane.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { CordeeError } from "../errors.ts"
import type { DeviceId, UserId } from "../ids.ts"
import type { DeviceKey, Platform } from "../platform.ts"
import { identityKey, type VaultContent } from "./content.ts"
import { openVault, sealVault, VaultRefused, type SealedVault } from "./sealing.ts"
import { deviceUnlocker, unwrap, wrap } from "./unlockers.ts"

/** Eight devices that write at the same moment: the slowest comes last. */
const MOST_TRIES = 10

export interface OpenedVault extends SealedVault {
  readonly content: VaultContent
  readonly vaultKey: Uint8Array
}

export interface VaultOf extends Pick<Platform, "randomBytes"> {
  readonly user: UserId
  readonly device: DeviceId
  readonly deviceKey: DeviceKey
  readonly api: Pick<Api, "vault" | "putVault">
  /** Keeps what was opened or written, before it counts. */
  readonly keep: (opened: OpenedVault) => Promise<void>
  /** Whether an identity key follows another: by rotations that each was signed with the key before. */
  readonly follows: (from: Uint8Array, to: Uint8Array) => Promise<boolean>
  /** The server shows what this device does not take. */
  readonly refused: (error: VaultRefused) => void
}

/** Answers the content as it shall be; the same object when there is nothing to change. Made again on a newer one. */
export type Edit = (content: VaultContent) => VaultContent

/** Brings a new vault to the server; rejects `vault_moved` when it is no longer the next one. */
export type Send = (vault: VaultBlobs, before: VaultContent) => Promise<void>

export class Vault {
  readonly #of: VaultOf
  readonly #lane = new Lane()
  #opened: OpenedVault
  #wrapped: ReadonlySet<string> = new Set()

  constructor(of: VaultOf, opened: OpenedVault) {
    this.#of = of
    this.#opened = opened
  }

  get content(): VaultContent {
    return this.#opened.content
  }

  /** Unlockers for which the server had a wrapper when it was last asked. */
  get wrapped(): ReadonlySet<string> {
    return this.#wrapped
  }

  /** Takes what another device has written. Rejects with VaultRefused. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#fetch())
  }

  /** Under the same vault key. An unlocker that goes needs `renew`. */
  change(edit: Edit): Promise<void> {
    return this.#write(edit, false, this.#of.api.putVault)
  }

  /** Under a new vault key, wrapped for the unlockers that `edit` leaves and nobody else. */
  renew(edit: Edit, send: Send = this.#of.api.putVault): Promise<void> {
    return this.#write(edit, true, send)
  }

  #write(edit: Edit, isNewKey: boolean, send: Send): Promise<void> {
    return this.#inTurn(async () => {
      for (let tries = 1; ; tries += 1) {
        const { content } = this.#opened
        const edited = edit(content)
        if (edited === content) return
        const next = await nextVault(this.#of, this.#opened, edited, isNewKey)
        try {
          await send(next.blobs, content)
        } catch (error) {
          if (!(error instanceof CordeeError && error.code === "vault_moved") || tries === MOST_TRIES) throw error
          await this.#fetch()
          continue
        }
        this.#wrapped = new Set(edited.unlockers.keys())
        await this.#adopt(next.opened)
        return
      }
    })
  }

  async #fetch(): Promise<void> {
    const blobs = await this.#of.api.vault()
    const vault = sealedVault(blobs)
    this.#wrapped = new Set(blobs.wrappers.map(({ unlocker }) => unlocker))
    const { generation, key, sealed } = this.#opened
    if (vault.generation < generation || vault.key < key) throw new VaultRefused("rolled_back")
    if (vault.generation === generation) {
      if (!sameBytes(vault.sealed, sealed)) throw new VaultRefused("rolled_back")
      return
    }
    const vaultKey = vault.key === key ? this.#opened.vaultKey : await this.#unwrap(blobs)
    const content = await openVault(this.#of.user, vault, vaultKey)
    const [before, after] = [identityKey(this.content), identityKey(content)]
    if (!sameBytes(before, after) && !(await this.#of.follows(before, after))) throw new VaultRefused("other_identity")
    await this.#adopt({ ...vault, content, vaultKey })
  }

  async #unwrap({ key, wrappers }: VaultBlobs): Promise<Uint8Array> {
    const { device, deviceKey, user } = this.#of
    const unlocker = deviceUnlocker(device)
    const wrapper = wrappers.find((each) => each.unlocker === unlocker)
    if (wrapper === undefined) throw new VaultRefused("no_wrapper")
    const vaultKey = await unwrap(fromBase64(wrapper.blob), deviceKey, { user, key, unlocker })
    if (vaultKey === undefined) throw new VaultRefused("wrong_key")
    return vaultKey
  }

  async #adopt(opened: OpenedVault): Promise<void> {
    await this.#of.keep(opened)
    this.#opened = opened
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#lane.run(work).catch((error: unknown) => {
      if (error instanceof VaultRefused) this.#of.refused(error)
      throw error
    })
  }
}

/** The vault after `before`, as it goes to the server and as it stays here. */
export async function nextVault(
  { randomBytes, user }: Pick<VaultOf, "randomBytes" | "user">,
  before: Pick<OpenedVault, "generation" | "key" | "vaultKey"> & { readonly content?: VaultContent },
  content: VaultContent,
  isNewKey: boolean,
): Promise<{ readonly opened: OpenedVault; readonly blobs: VaultBlobs }> {
  const vaultKey = isNewKey ? randomBytes(32) : before.vaultKey
  const numbers = { generation: before.generation + 1, key: isNewKey ? before.key + 1 : before.key }
  const vault = await sealVault({ ...numbers, user, content, vaultKey, randomBytes })
  const wrappers: VaultWrapper[] = []
  for (const [unlocker, publicKey] of content.unlockers) {
    const known = before.content?.unlockers.get(unlocker)
    if (!isNewKey && known !== undefined && sameBytes(known, publicKey)) continue
    wrappers.push({ unlocker, blob: toBase64(await wrap(vaultKey, publicKey, { user, key: numbers.key, unlocker })) })
  }
  return { opened: { ...vault, content, vaultKey }, blobs: written(vault, wrappers) }
}

/** What the server has, without the wrappers. */
export function sealedVault({ generation, head_sig, key, sealed }: VaultBlobs): SealedVault {
  return { generation, key, sealed: fromBase64(sealed), headSignature: fromBase64(head_sig) }
}

function written(vault: SealedVault, wrappers: readonly VaultWrapper[]): VaultBlobs {
  const { generation, headSignature, key, sealed } = vault
  return { generation, key, sealed: toBase64(sealed), head_sig: toBase64(headSignature), wrappers }
}
