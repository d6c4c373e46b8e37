/** The changes of one step in a circle, gathered to be written in one transaction (see `state.ts`). */
import { sameBytes } from "../encoding/bytes.ts"
import type { CircleId, DeviceId, MessageId, UserId } from "../ids.ts"
import { serialise } from "../mls/group.ts"
import type { Change } from "../store/storage.ts"
import { place } from "../store/table.ts"
import type { LiveGroup } from "./group.ts"
import { items, type ItemRecord, type StoredEntry } from "./items.ts"
import { people, type SeenPerson } from "./people.ts"
import * as records from "./records.ts"
import type { KnownDevice, Snapshot } from "./snapshot.ts"

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
  #pending: Snapshot["pending"]
  #adopted: Snapshot["adopted"]
  // Copied when first written to: a page of history writes hundreds of times.
  #items: ItemRecord[] | undefined
  #outbox: Snapshot["outbox"]
  #devices: Map<DeviceId, KnownDevice> | undefined
  #keys: Map<number, Uint8Array> | undefined
  #receipts: Map<DeviceId, records.ReceiptRecord> | undefined
  #people: Map<UserId, SeenPerson> | undefined

  constructor(circle: CircleId, before: Snapshot) {
    this.circle = circle
    this.#before = before
    this.#record = before.record
    this.#group = before.group
    this.#pending = before.pending
    this.#adopted = before.adopted
    this.#outbox = before.outbox
  }

  snapshot(): Snapshot {
    return {
      record: this.#record,
      group: this.#group,
      pending: this.#pending,
      adopted: this.#adopted,
      items: this.#items ?? this.#before.items,
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

  /** The log's hash at a place, as far as this device has it. */
  hashAt(seq: number): Uint8Array | undefined {
    const all = this.#items ?? this.#before.items
    // The log has no holes, so the place is found by counting from the end.
    const last = all.at(-1)
    const found = last === undefined ? undefined : all[all.length - 1 - (last.seq - seq)]
    return found?.seq === seq ? found.hash : undefined
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

  /** With the group go its content key and the certificates of its devices. */
  setGroup(group: LiveGroup): void {
    this.#group = group
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
    this.#items = []
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

  putItem(item: ItemRecord): void {
    this.#items ??= [...this.#before.items]
    const last = this.#items.at(-1)
    if (last === undefined || last.seq < item.seq) this.#items.push(item)
    else {
      const at = this.#items.findIndex((each) => each.seq >= item.seq)
      this.#items.splice(at, this.#items[at]?.seq === item.seq ? 1 : 0, item)
    }
    this.#put(items.put(item, this.circle, place(item.seq)))
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
