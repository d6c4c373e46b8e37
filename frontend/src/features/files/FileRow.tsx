/** A file as a row: name, size, and its download; a PDF can be looked at in a tab of its own. */
import { useTranslation } from "react-i18next"
import type { Circle, FileEntry, MessageId } from "../../core/index.ts"
import { announce } from "../../ui/announce.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { openPdf, save } from "./leave.ts"
import { useOpened } from "./opened.ts"
import { Progress } from "./Progress.tsx"
import { useSizeWords } from "./size.ts"

interface FileRowProps {
  circle: Circle
  message: MessageId
  file: FileEntry
  /** False while it is on its way to the server. */
  isThere: boolean
  /** What is to be known of it, when it is not shown as one would expect. */
  note?: string
}

export function FileRow({ circle, file, isThere, message, note }: FileRowProps) {
  const { t } = useTranslation("files")
  const [opened, open] = useOpened(circle, message, file)
  const size = useSizeWords()
  const fetchAndSave = () => {
    open((blob) => {
      save(blob, file.name)
      announce(t("saved", { name: file.name }))
    })
  }
  return (
    <div className="file-card">
      <div className="file">
        <Icon name="file" />
        <span className="file-name">{file.name}</span>
        <span className="file-size">{size(file.size)}</span>
        {isThere && opened.at === "closed" && (
          <Button icon="download" onPress={fetchAndSave} aria-label={t("downloadNamed", { name: file.name })}>
            {t("download")}
          </Button>
        )}
        {opened.at === "open" && (
          <span className="file-acts">
            {opened.blob.type === "application/pdf" && (
              <Button
                icon="eye"
                onPress={() => {
                  openPdf(opened.blob)
                }}
                aria-label={t("openNamed", { name: file.name })}
              >
                {t("open")}
              </Button>
            )}
            <Button
              icon="download"
              onPress={() => {
                save(opened.blob, file.name)
              }}
              aria-label={t("saveNamed", { name: file.name })}
            >
              {t("save")}
            </Button>
          </span>
        )}
      </div>
      {note !== undefined && <p className="file-note">{note}</p>}
      {opened.at === "opening" && <Progress label={t("downloading", { name: file.name })} part={opened.part} />}
      {opened.at === "failed" && (
        <div className="file-problem" role="alert">
          <Icon name="triangle" small />
          <span>{opened.problem}</span>
          <Button icon="retry" onPress={fetchAndSave}>
            {t("retry")}
          </Button>
        </div>
      )}
    </div>
  )
}
