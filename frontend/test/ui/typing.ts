/** Typing a date part by part, as somebody at a keyboard does. */
import { act, fireEvent, within } from "@testing-library/react"

export function typeDate(scope: HTMLElement, label: string, parts: readonly [string, string, string]): void {
  const segments = within(within(scope).getByRole("group", { name: label })).getAllByRole("spinbutton")
  for (const [index, digits] of parts.entries()) {
    const segment = segments[index]
    if (segment === undefined) throw new Error("no such part")
    act(() => {
      segment.focus()
    })
    const typed = (data: string) =>
      new InputEvent("beforeinput", { data, inputType: "insertText", bubbles: true, cancelable: true })
    for (const digit of digits) fireEvent(segment, typed(digit))
  }
}
