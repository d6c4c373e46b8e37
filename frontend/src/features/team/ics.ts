/**
 * An event as a calendar file (RFC 5545), made in this browser: the server never sees when or where a team meets. Pure.
 */
import type { ShownNotice } from "../../core/index.ts"

type Event = Extract<ShownNotice, { type: "event" }>

/** Octets of a line, beyond which it is folded (RFC 5545, 3.1). */
const LONGEST_LINE = 75

/** `id` is the message's: the same event saved twice is one event in a calendar. `stamp` is when it was announced. */
export function calendarFile(id: string, event: Event, text: string, stamp: string): string {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Cordee//Equipe//FR",
    "BEGIN:VEVENT",
    `UID:${id}@cordee`,
    `DTSTAMP:${utc(stamp)}`,
    `DTSTART:${utc(event.starts)}`,
    `DTEND:${utc(event.ends)}`,
    `SUMMARY:${escaped(event.title)}`,
    ...(event.place === "" ? [] : [`LOCATION:${escaped(event.place)}`]),
    ...(text === "" ? [] : [`DESCRIPTION:${escaped(text)}`]),
    "END:VEVENT",
    "END:VCALENDAR",
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join("")
}

/** `20261203T123000Z` */
function utc(instant: string): string {
  return new Date(instant)
    .toISOString()
    .replace(/\.\d{3}/, "")
    .replace(/[-:]/g, "")
}

function escaped(text: string): string {
  return text.replace(/[\\;,]/g, (each) => `\\${each}`).replace(/\r\n|\r|\n/g, "\\n")
}

/** No character is cut in two: what was typed may have several octets a letter. */
function folded(line: string): string {
  const encoder = new TextEncoder()
  const parts: string[] = []
  let part = ""
  let size = 0
  for (const character of line) {
    const more = encoder.encode(character).length
    if (size + more > LONGEST_LINE) {
      parts.push(part)
      part = ""
      size = 1 // the space with which the next part begins
    }
    part += character
    size += more
  }
  return [...parts, part].join("\r\n ")
}
