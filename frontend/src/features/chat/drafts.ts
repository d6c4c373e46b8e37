/**
 * What is being written in each circle, kept while this page lives. Only in memory: on this device's disk everything
 * lies sealed in the core's storage, and a draft is as confidential as a message.
 */
import type { CircleId } from "../../core/index.ts"

const drafts = new Map<CircleId, string>()

export function draftOf(circle: CircleId): string {
  return drafts.get(circle) ?? ""
}

export function keepDraft(circle: CircleId, text: string): void {
  if (text === "") drafts.delete(circle)
  else drafts.set(circle, text)
}
