/** The shape of a recovery code as it is typed: 8 groups of 4, separators of any kind ignored. */

export const GROUPS = 8
export const GROUP_LENGTH = 4
const LENGTH = GROUPS * GROUP_LENGTH

/** What counts of a typed or pasted text; letters that no code has are what they look like. */
export function codeCharacters(text: string): string {
  return text
    .toUpperCase()
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1")
    .replace(/[^0-9A-Z]/g, "")
    .slice(0, LENGTH)
}

export function codeGroups(characters: string): readonly string[] {
  return Array.from({ length: GROUPS }, (_, group) =>
    characters.slice(group * GROUP_LENGTH, (group + 1) * GROUP_LENGTH),
  )
}

export function isWhole(characters: string): boolean {
  return characters.length === LENGTH
}
