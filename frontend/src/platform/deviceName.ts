/** A name by which a person knows the device again in their list: "Firefox, Windows". */

const BROWSERS = [
  ["Edge", /Edg\//],
  ["Firefox", /Firefox\/|FxiOS\//],
  ["Chrome", /Chrome\/|CriOS\//],
  ["Safari", /Safari\//],
] as const

const SYSTEMS = [
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Android", /Android/],
  ["Windows", /Windows/],
  ["macOS", /Mac OS X/],
  ["Linux", /Linux/],
] as const

export function deviceName(userAgent: string): string {
  const known = (list: typeof BROWSERS | typeof SYSTEMS): string | undefined =>
    list.find(([, pattern]) => pattern.test(userAgent))?.[0]
  return [known(BROWSERS), known(SYSTEMS)].filter((name) => name !== undefined).join(", ") || "Navigateur"
}
