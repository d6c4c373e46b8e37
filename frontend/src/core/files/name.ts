/** The name of a file, as it may be shown and saved: whoever sent it chose it, so nothing in it is trusted. */

const LONGEST = 120
/** Of a path, the last step. */
const PATH = /^.*[/\\]/s
/** Controls, what turns or hides text (bidirectional marks, zero widths, tags), and what file systems read otherwise. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115F\u1160\u3164\uFFA0<>:"|?*]/gu

/** Idempotent: both the sender and every reader apply it. */
export function fileName(given: string): string {
  const name = given
    .toWellFormed()
    .normalize("NFC")
    .replace(UNFIT, "")
    .replace(PATH, "")
    .replace(/\s+/gu, " ")
    // Hidden where it begins with a dot; ended otherwise than it looks where it ends with one.
    .replace(/^[. ]+|[. ]+$/gu, "")
  return shortened(name) || "fichier"
}

/** The ending says what it opens with: it stays. */
function shortened(name: string): string {
  const letters = Array.from(name)
  if (letters.length <= LONGEST) return name
  const ending = /\.[^. ]{1,10}$/u.exec(name)?.[0] ?? ""
  return `${letters.slice(0, LONGEST - Array.from(ending).length - 1).join("").trimEnd()}…${ending}`
}
