/** After a form was refused: the focus goes to the first field that is wrong, where its reason is read. */
export function focusFirstMistake(form: HTMLFormElement): void {
  // The fields are drawn as invalid with the next frame.
  requestAnimationFrame(() => {
    const control = "input:not([type=hidden]), textarea, button, [role=spinbutton]"
    const mistaken = [...form.querySelectorAll<HTMLElement>("[data-invalid]")].flatMap((field) =>
      field.matches(control) ? field : (field.querySelector<HTMLElement>(control) ?? []),
    )
    mistaken[0]?.focus()
  })
}
