/** A file of a message, as a screen follows it: asked for, on its way, there, or not what was signed. */
import { useCallback, useState } from "react"
import type { Circle, FileEntry, FileId, MessageId } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"

export type Opened =
  | { readonly at: "closed" }
  | { readonly at: "opening"; readonly part: number }
  | { readonly at: "open"; readonly blob: Blob }
  | { readonly at: "failed"; readonly problem: string }

/** Pictures of a conversation that are kept while one scrolls: as many as fill some screens. */
const KEPT = 24

/** They go with their conversation, which ends with the session. */
const pictures = new WeakMap<Circle, Map<FileId, Blob>>()

/** A picture that was opened before. */
export function keptPicture(circle: Circle, file: FileId): Blob | undefined {
  return pictures.get(circle)?.get(file)
}

export function keepPicture(circle: Circle, file: FileId, blob: Blob): void {
  const kept = pictures.get(circle) ?? new Map<FileId, Blob>()
  pictures.set(circle, kept)
  kept.set(file, blob)
  const [oldest] = kept.keys()
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
}

/** The state of one file, and what asks for it. `then` is given the file when it has come. */
export function useOpened(
  circle: Circle,
  message: MessageId,
  { id, size }: FileEntry,
): readonly [Opened, (then?: (blob: Blob) => void) => void] {
  const words = useErrorWords()
  const [opened, setOpened] = useState<Opened>(() => {
    const blob = keptPicture(circle, id)
    return blob === undefined ? { at: "closed" } : { at: "open", blob }
  })
  const open = (then?: (blob: Blob) => void) => {
    setOpened({ at: "opening", part: 0 })
    const progress = (done: number) => {
      setOpened({ at: "opening", part: size === 0 ? 1 : done / size })
    }
    circle.openFile(message, id, progress).then(
      (blob) => {
        setOpened({ at: "open", blob })
        then?.(blob)
      },
      (error: unknown) => {
        setOpened({ at: "failed", problem: words(error) })
      },
    )
  }
  return [opened, open]
}

/** The `ref` of an image that shows the blob, as long as it is there. */
export function useImage(blob: Blob): (image: HTMLImageElement | null) => (() => void) | undefined {
  return useCallback(
    (image) => {
      if (image === null) return undefined
      const url = URL.createObjectURL(blob)
      image.src = url
      return () => {
        URL.revokeObjectURL(url)
      }
    },
    [blob],
  )
}
