/** The changes of one step in a circle, gathered to be written in one transaction (see `state.ts`). */
import { sameBytes } from "../encoding/bytes.ts"
import { LOG_START } from "../envelope/log.ts"
import type { CircleId, DeviceId, MessageId, UserId } from "../ids.ts"
import { serialise } from "../mls/group.ts"
import type { Change, Storage } from "../store/storage.ts"
import { place } from "../store/table.ts"
import { borders, type Border } from "./border.ts"
import type { LiveGroup } from "./group.ts"
import { items, type ItemRecord, type StoredEntry } from "./items.ts"
import { itemsBelow } from "./older.ts"
import { people, type SeenPerson } from "./people.ts"
import * as records from "./records.ts"
import { ItemRun } from "./run.ts"
import type { KnownDevice, Snapshot } from "./snapshot.ts"
import { advanced, standings, type Standing } from "./standing.ts"

/** What an item of the log comes to: what is shown of it, and what it changes. */
export interface Outcome {
  readonly entries: readonly StoredEntry[]
  readonly effect: (draft: Draft) => void
}

export class Draft {
  /** By table and key: of several writes to one record only the last is kept. */
  readonly #changes = new Map<string, Change>()
  readonly circle: CircleId
  readonly #before: Snapshot
  #record: Snapshot["record"]
  #group: Snapshot["group"]
  #standing: Snapshot["standing"]
  #pending: Snapshot["pending"]
  #adopted: Snapshot["adopted"]
  #items: Snapshot["items"]
  #border: Snapshot["border"]
  // Copied when first written to: a page of the log writes hundreds of times.
  #outbox: Snapshot["outbox"]
  #devices: Map<DeviceId, KnownDevice> | undefined
  #keys: Map<number, Uint8Array> | undefined
  #receipts: Map<DeviceId, records.ReceiptRecord> | undefined
  #people: Map<UserId, SeenPerson> | undefined

  readonly #storage: Storage
  readonly #heard: string[] = []

  constructor(circle: CircleId, before: Snapshot, storage: Storage) {
    this.circle = circle
    this.#storage = storage
    this.#before = before
    this.#record = before.record
    this.#group = before.group
    this.#standing = before.standing
    this.#pending = before.pending
    this.#adopted = before.adopted
    this.#items = before.items
    this.#border = before.border
    this.#outbox = before.outbox
  }

  snapshot(): Snapshot {
    return {
      record: this.#record,
      group: this.#group,
      standing: this.#standing,
      pending: this.#pending,
      adopted: this.#adopted,
      items: this.#items,
      border: this.#border,
      outbox: this.#outbox,
      devices: this.#devices ?? this.#before.devices,
      keys: this.#keys ?? this.#before.keys,
      receipts: this.#receipts ?? this.#before.receipts,
      people: this.#people ?? this.#before.people,
    }
  }

  changes(): readonly Change[] {
    return [...this.#changes.values()]
  }

  /** Checkpoints of the key log that senders told. */
  get heard(): readonly string[] {
    return this.#heard
  }

  hear(checkpoint: string): void {
    this.#heard.push(checkpoint)
  }

  /** The log's hash at a place, as far as this device has it. */
  async hashAt(seq: number): Promise<Uint8Array | undefined> {
    if (seq === LOG_START.seq) return LOG_START.hash
    const here = this.#items.at(seq)
    if (here !== undefined) return here.hash
    const { hash, seq: border } = this.#border?.place ?? LOG_START
    if (seq <= border) return seq === border ? hash : undefined
    return (await items.get(this.#storage, this.circle, place(seq)))?.hash
  }

  /** The record as it stands; only asked of a circle in which this device is. */
  get record(): records.CircleRecord {
    if (this.#record === undefined) throw new TypeError("this device is not in the circle")
    return this.#record
  }

  setRecord(record: records.CircleRecord): void {
    this.#record = record
    this.#put(records.circles.put(record, this.circle))
  }

  patch(change: Partial<records.CircleRecord>): void {
    this.setRecord({ ...this.record, ...change })
  }

  setStanding(standing: Standing): void {
    this.#standing = standing
    this.#put(standings.put(standing, this.circle))
  }

  /** With the group go its content key, the certificates of its devices, and how far it is vouched for. */
  setGroup(group: LiveGroup): void {
    this.#group = group
    if (this.#standing !== undefined && group.epoch > 0) this.setStanding(advanced(this.#standing, group))
    this.#put(records.groups.put(serialise(group.state), this.circle))
    this.putKey(group.epoch, group.contentKey)
    for (const [device, { certificate }] of group.devices) this.putDevice(device, certificate)
  }

  /** This device has left: the state that could open what follows goes. */
  dropGroup(): void {
    this.#group = undefined
    this.#put(records.groups.remove(this.circle))
  }

  /** A circle that the server refused to open: nothing of it stays. */
  dropCircle(): void {
    this.dropGroup()
    this.#record = undefined
    this.#put(records.circles.remove(this.circle))
    this.#items = ItemRun.EMPTY
    this.#put(items.remove(this.circle, place(0)))
  }

  setPending(pending: records.PendingCommit | undefined): void {
    this.#pending = pending
    this.#put(pending === undefined ? records.pendings.remove(this.circle) : records.pendings.put(pending, this.circle))
  }

  /** The pending commit became part of the log. */
  adopt(pending: records.PendingCommit): void {
    this.#adopted = pending.ref
    this.setPending(undefined)
  }

  /** The newest stored item that is wanted. */
  async findItem(wanted: (item: ItemRecord) => boolean): Promise<ItemRecord | undefined> {
    for (const item of this.#items.backwards()) if (wanted(item)) return item
    for await (const older of itemsBelow(this.snapshot(), this.#storage, this.circle)) {
      const found = older.findLast(wanted)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The next item of the log, or a stored one that has become another. */
  putItem(item: ItemRecord): void {
    const { first } = this.#items
    if (first === undefined || item.seq >= first.seq) this.#items = this.#items.with(item)
    this.#put(items.put(item, this.circle, place(item.seq)))
  }

  /** Items that come just before those in memory. */
  putOlder(older: readonly ItemRecord[]): void {
    this.#items = this.#items.after(older)
    for (const item of older) this.#put(items.put(item, this.circle, place(item.seq)))
  }

  setBorder(border: Border): void {
    this.#border = border
    this.#put(borders.put(border, this.circle))
  }

  /** This device has come in, perhaps once more: what it had of the log is the past again. */
  forgetItems(): void {
    this.#items = ItemRun.EMPTY
  }

  putOutbox(message: records.OutboxRecord): void {
    const others = this.#outbox.filter((each) => each.id !== message.id)
    this.#outbox = [...others, message].sort((a, b) => a.order - b.order)
    this.#put(records.outbox.put(message, this.circle, message.id))
  }

  removeOutbox(id: MessageId): void {
    if (!this.#outbox.some((each) => each.id === id)) return
    this.#outbox = this.#outbox.filter((each) => each.id !== id)
    this.#put(records.outbox.remove(this.circle, id))
  }

  putDevice(device: DeviceId, certificate: KnownDevice & { readonly raw: Uint8Array }): void {
    const known = (this.#devices ?? this.#before.devices).get(device)
    if (known !== undefined && sameBytes(known.key, certificate.key)) return
    this.#devices ??= new Map(this.#before.devices)
    this.#devices.set(device, certificate)
    this.#put(records.certificates.put(certificate.raw, this.circle, device))
  }

  putKey(epoch: number, key: Uint8Array): void {
    this.#keys ??= new Map(this.#before.keys)
    this.#keys.set(epoch, key)
    this.#put(records.keys.put(key, this.circle, place(epoch)))
  }

  putReceipt(device: DeviceId, receipt: records.ReceiptRecord): void {
    this.#receipts ??= new Map(this.#before.receipts)
    this.#receipts.set(device, receipt)
    this.#put(records.receipts.put(receipt, this.circle, device))
  }

  putPerson(person: SeenPerson): void {
    this.#people ??= new Map(this.#before.people)
    this.#people.set(person.user, person)
    this.#put(people.put(person, this.circle, person.user))
  }

  #put(change: Change): void {
    this.#changes.set(`${change.table}/${change.key}`, change)
  }
}
