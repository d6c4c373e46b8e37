/**
 * The heading of a screen before the door. It takes the focus when the screen changes under the reader, so that it is
 * read.
 */
import { useEffect, useRef } from "react"
import { useTitle } from "../shell/title.ts"

export function GateTitle({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useTitle(children)
  useEffect(() => {
    if (document.activeElement === null || document.activeElement === document.body) heading.current?.focus()
  }, [children])
  return (
    <h1 className="gate-title" ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
