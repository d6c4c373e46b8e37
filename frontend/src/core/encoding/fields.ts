/**
 * Reads an object field by field, each with its type; what does not fit throws NotCanonical.
 *
 * What is signed ends with `end()`, which refuses fields that nobody asked for. Answers of our own server are read
 * without it, so that a newer server may say more than this client knows.
 */
import { asId, isId, type AnyId } from "../ids.ts"
import { fromBase64 } from "./base64.ts"
import { isObject, NotCanonical, type Json, type JsonObject } from "./canonical.ts"
import { readTime } from "./time.ts"

export class Fields {
  readonly #values: JsonObject
  readonly #rest: Set<string>

  constructor(value: unknown) {
    if (!isObject(value)) throw new NotCanonical("not an object")
    this.#values = value
    this.#rest = new Set(Object.keys(value))
  }

  end(): void {
    const [unknown] = this.#rest
    if (unknown !== undefined) throw new NotCanonical(`unknown field ${unknown.slice(0, 32)}`)
  }

  has(name: string): boolean {
    return this.#rest.has(name)
  }

  /** The fields not yet read. */
  names(): readonly string[] {
    return [...this.#rest]
  }

  any(name: string): Json {
    const value = this.#rest.delete(name) ? this.#values[name] : undefined
    if (value === undefined) throw new NotCanonical(`${name} is missing`)
    return value
  }

  text(name: string): string {
    const value = this.any(name)
    if (typeof value !== "string") throw new NotCanonical(`${name} is not a text`)
    return value
  }

  flag(name: string): boolean {
    const value = this.any(name)
    if (typeof value !== "boolean") throw new NotCanonical(`${name} is not true or false`)
    return value
  }

  oneOf<const Word extends string>(name: string, allowed: readonly Word[]): Word {
    const value = this.text(name)
    const found = allowed.find((word) => word === value)
    if (found === undefined) throw new NotCanonical(`${name} is not one of the known words`)
    return found
  }

  /** From 0 to 2^53 − 1. */
  count(name: string): number {
    const value = this.any(name)
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw new NotCanonical(`${name} is not a count`)
    }
    return value
  }

  version(expected = 1): void {
    if (this.count("v") !== expected) throw new NotCanonical("unknown version")
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's type says which
  id<T extends AnyId>(name: string): T {
    const value = this.text(name)
    if (!isId(value)) throw new NotCanonical(`${name} is not an id`)
    return asId<T>(value)
  }

  bytes(name: string, size?: number): Uint8Array {
    const value = fromBase64(this.text(name))
    if (size !== undefined && value.length !== size) throw new NotCanonical(`${name} is not ${size} bytes`)
    return value
  }

  /** Milliseconds since 1970. */
  time(name: string): number {
    const value = readTime(this.text(name))
    if (value === undefined) throw new NotCanonical(`${name} is not a time`)
    return value
  }

  list(name: string, most: number): readonly Json[] {
    const value = this.any(name)
    if (!isList(value) || value.length > most) throw new NotCanonical(`${name} is not a list of at most ${most}`)
    return value
  }

  object(name: string): Fields {
    return new Fields(this.any(name))
  }

  /** Null, or what `read` reads. */
  maybe<T>(name: string, read: (fields: this, name: string) => T): T | null {
    if (this.#rest.has(name) && this.#values[name] === null) {
      this.#rest.delete(name)
      return null
    }
    return read(this, name)
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
