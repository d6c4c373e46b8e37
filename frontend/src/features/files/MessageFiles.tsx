/** The files of a message: small pictures are shown, everything else is a row with what can be done with it. */
import "./files.css"
import { useTranslation } from "react-i18next"
import type { Circle, FileEntry, MessageEntry } from "../../core/index.ts"
import { FileRow } from "./FileRow.tsx"
import { Picture } from "./Picture.tsx"

/** Shown without being asked for: what a phone fetches in some seconds. */
const SHOWN_UP_TO = 5 * 1024 * 1024
const PICTURES = ["image/png", "image/jpeg", "image/webp", "image/gif"]

export function MessageFiles({ circle, entry }: { circle: Circle; entry: MessageEntry }) {
  const { t } = useTranslation("files")
  return (
    <ul className="files" aria-label={t("inMessage")}>
      {entry.files.map((file) => (
        <li key={file.id}>
          {entry.seq !== null && isShown(file) ? (
            <Picture circle={circle} message={entry.id} file={file} />
          ) : (
            <FileRow circle={circle} message={entry.id} file={file} isThere={entry.seq !== null} />
          )}
        </li>
      ))}
    </ul>
  )
}

/** Its author's word, on which nothing rests: what it is, is seen when it has been opened. */
function isShown({ size, type }: FileEntry): boolean {
  return size <= SHOWN_UP_TO && PICTURES.includes(type)
}
