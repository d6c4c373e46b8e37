/** What is typed into the form of a certificate, as the server asks for it. */
import type { Timestamp } from "../../core/index.ts"

const ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** The id of a message, also out of `Message/…` as the journal shows it; null for anything else. */
export function readMessage(typed: string): string | null {
  const [id] = ID.exec(typed.trim().toLowerCase()) ?? []
  return id ?? null
}

/** From the first moment of one calendar day to the last of another, where the officer is. */
export function wholeDays(from: string, to: string): { since: Timestamp; until: Timestamp } {
  const after = new Date(`${to}T00:00:00`)
  after.setDate(after.getDate() + 1)
  return { since: new Date(`${from}T00:00:00`).toISOString(), until: after.toISOString() }
}
