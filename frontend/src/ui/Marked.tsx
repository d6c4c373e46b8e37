/**
 * A sentence of the locales whose important words stand between `<b>` and `</b>`. Anything else in it is plain text.
 */
import { Fragment } from "react"

export function Marked({ text }: { text: string }) {
  return text
    .split(/<b>(.*?)<\/b>/)
    .map((part, index) => (index % 2 === 1 ? <b key={index}>{part}</b> : <Fragment key={index}>{part}</Fragment>))
}
