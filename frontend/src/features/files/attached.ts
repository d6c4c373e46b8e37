/**
 * What each person is about to send with their next message, circle by circle: kept while this page lives, as drafts
 * are, so that switching circle never moves a file to another patient.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { fileName, LARGEST_FILE, MOST_FILES } from "../../core/index.ts"
import type { CircleId, OutgoingFile, UserId } from "../../core/index.ts"
import { announce } from "../../ui/announce.ts"
import { useSizeWords } from "./size.ts"

export interface AttachedFile extends OutgoingFile {
  /** Stable, for lists. */
  readonly key: number
}

const kept = new Map<string, readonly AttachedFile[]>()
let next = 0

export interface Attached {
  readonly files: readonly AttachedFile[]
  /** Why the last ones were not taken. */
  readonly problem: string | null
  readonly add: (files: Iterable<File>) => void
  readonly remove: (file: AttachedFile) => void
  /** All of them, which are then no longer here. */
  readonly take: () => readonly AttachedFile[]
  /** They could not be sent. */
  readonly putBack: (files: readonly AttachedFile[]) => void
}

export function useAttached(author: UserId, circle: CircleId): Attached {
  const { t } = useTranslation("files")
  const size = useSizeWords()
  const key = `${author}/${circle}`
  const [files, setFiles] = useState(() => kept.get(key) ?? [])
  const [problem, setProblem] = useState<string | null>(null)
  const keep = (now: readonly AttachedFile[]) => {
    if (now.length === 0) kept.delete(key)
    else kept.set(key, now)
    setFiles(now)
  }
  return {
    files,
    problem,
    add(chosen) {
      const found = [...chosen].map((blob) => ({ key: next++, name: fileName(blob.name), blob }))
      const large = found.find(({ blob }) => blob.size > LARGEST_FILE)
      const fit = found.filter(({ blob }) => blob.size <= LARGEST_FILE)
      const added = fit.slice(0, MOST_FILES - files.length)
      if (added.length < fit.length) setProblem(t("tooMany", { count: MOST_FILES }))
      else setProblem(large === undefined ? null : t("tooLarge", { name: large.name }))
      keep([...files, ...added])
      announce(added.map(({ blob, name }) => t("added", { name, size: size(blob.size) })).join(", "))
    },
    remove(file) {
      setProblem(null)
      keep(files.filter((each) => each !== file))
      announce(t("removed", { name: file.name }))
    },
    take() {
      setProblem(null)
      keep([])
      return files
    },
    putBack(back) {
      keep([...back, ...(kept.get(key) ?? [])])
    },
  }
}
