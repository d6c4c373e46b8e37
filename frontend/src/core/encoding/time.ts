/**
 * Times inside signed JSON: `2026-11-22T09:15:00.000Z`, UTC with milliseconds. In the core a time is milliseconds since
 * 1970.
 */

const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

export function writeTime(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString()
  if (!FORM.test(text)) throw new TypeError("not a time of these millennia")
  return text
}

/** Undefined for any other spelling, and for days that do not exist. */
export function readTime(text: string): number | undefined {
  if (!FORM.test(text)) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) || new Date(milliseconds).toISOString() !== text ? undefined : milliseconds
}
