/**
 * French punctuation stays with its word at the end of a line, in what people typed with the space of their keyboard.
 */

const LOOSE_SPACE = /(?<=«) | (?=[?!:;»])/g

/** For display only: what is sent, stored and signed keeps the spaces as they were typed. */
export function withBoundPunctuation(text: string): string {
  return text.replace(LOOSE_SPACE, "\u00a0")
}
