/**
 * What each person is writing in each circle, kept while this page lives: the next one who signs in at it has drafts of
 * their own. Only in memory: on this device's disk everything lies sealed in the core's storage, and a draft is as
 * confidential as a message.
 */
import type { CircleId, UserId } from "../../core/index.ts"

const drafts = new Map<string, string>()

export function draftOf(author: UserId, circle: CircleId): string {
  return drafts.get(`${author}/${circle}`) ?? ""
}

export function keepDraft(author: UserId, circle: CircleId, text: string): void {
  if (text === "") drafts.delete(`${author}/${circle}`)
  else drafts.set(`${author}/${circle}`, text)
}
