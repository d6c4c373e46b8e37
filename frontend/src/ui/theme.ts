/** Light, dark, or as the system says: chosen in this browser, written on the root element, read by tokens.css. */

export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]

const STORED = "cordee.theme"

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(STORED)
  return themes.find((theme) => theme === stored) ?? "system"
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(STORED, theme)
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}
