/**
 * Files dropped on the conversation go to its composer. Anywhere else they are refused: the browser would leave the page
 * to show them, and a list of circles is no place to drop a file on.
 */
import { useEffect, useState, type RefObject } from "react"

/** True while files are held over the conversation that holds `box`. */
export function useDrop(box: RefObject<HTMLElement | null>, drop: (files: Iterable<File>) => void): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const isHere = ({ target }: DragEvent) =>
      target instanceof Node && box.current?.closest("main")?.contains(target) === true
    const onOver = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return
      event.preventDefault()
      event.dataTransfer.dropEffect = isHere(event) ? "copy" : "none"
      setOver(isHere(event))
    }
    const onDrop = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return
      event.preventDefault()
      setOver(false)
      if (isHere(event)) drop(event.dataTransfer.files)
    }
    const onLeave = ({ relatedTarget }: DragEvent) => {
      if (relatedTarget === null) setOver(false)
    }
    window.addEventListener("dragover", onOver)
    window.addEventListener("drop", onDrop)
    window.addEventListener("dragleave", onLeave)
    return () => {
      window.removeEventListener("dragover", onOver)
      window.removeEventListener("drop", onDrop)
      window.removeEventListener("dragleave", onLeave)
    }
  }, [box, drop])
  return isOver
}

/** Images on the clipboard; none when there are words too, which are what one meant to paste. */
export function pastedImages({ files, types }: DataTransfer): readonly File[] {
  return types.includes("text/plain") ? [] : [...files].filter(({ type }) => type.startsWith("image/"))
}
