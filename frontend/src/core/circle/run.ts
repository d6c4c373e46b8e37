/**
 * Items of the log without a hole, in order, never changed in place: what a circle holds in memory.
 *
 * Kept in chunks, so that the next item copies one chunk and the list of chunks instead of ten thousand items, and so
 * that what was made of a chunk (`entries.ts`) serves as long as the chunk is the same.
 */
import type { ItemRecord } from "./items.ts"

const CHUNK = 128

export type Chunk = readonly ItemRecord[]

export class ItemRun implements Iterable<ItemRecord> {
  static readonly EMPTY = new ItemRun([])
  /** None is empty. */
  readonly chunks: readonly Chunk[]

  private constructor(chunks: readonly Chunk[]) {
    this.chunks = chunks
  }

  /** Of items that follow each other. */
  static of(items: readonly ItemRecord[]): ItemRun {
    return new ItemRun(cut(items))
  }

  get first(): ItemRecord | undefined {
    return this.chunks[0]?.[0]
  }

  get last(): ItemRecord | undefined {
    return this.chunks.at(-1)?.at(-1)
  }

  at(seq: number): ItemRecord | undefined {
    const chunk = this.chunks[this.#chunkOf(seq)]
    return chunk?.[seq - (chunk[0]?.seq ?? 0)]
  }

  /** The item after the last, or one that is here in another form. */
  with(item: ItemRecord): ItemRun {
    const { last } = this
    if (last === undefined || item.seq === last.seq + 1) return this.#append(item)
    const index = this.#chunkOf(item.seq)
    const chunk = this.chunks[index]
    if (chunk === undefined) throw new RangeError(`item ${item.seq} is neither here nor the next`)
    const changed = chunk.map((each) => (each.seq === item.seq ? item : each))
    return new ItemRun(this.chunks.map((each) => (each === chunk ? changed : each)))
  }

  /** With the items just before the first. */
  after(items: readonly ItemRecord[]): ItemRun {
    return new ItemRun([...cut(items), ...this.chunks])
  }

  *[Symbol.iterator](): Iterator<ItemRecord> {
    for (const chunk of this.chunks) yield* chunk
  }

  *backwards(): Iterable<ItemRecord> {
    for (const chunk of this.chunks.toReversed()) yield* chunk.toReversed()
  }

  #append(item: ItemRecord): ItemRun {
    const last = this.chunks.at(-1)
    if (last === undefined || last.length >= CHUNK) return new ItemRun([...this.chunks, [item]])
    return new ItemRun([...this.chunks.slice(0, -1), [...last, item]])
  }

  /** Index of the chunk that holds a place; −1 when none does. */
  #chunkOf(seq: number): number {
    return this.chunks.findLastIndex((chunk) => {
      const from = chunk[0]?.seq ?? 0
      return from <= seq && seq < from + chunk.length
    })
  }
}

function cut(items: readonly ItemRecord[]): Chunk[] {
  const chunks: Chunk[] = []
  for (let at = 0; at < items.length; at += CHUNK) chunks.push(items.slice(at, at + CHUNK))
  return chunks
}
