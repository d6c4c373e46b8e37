/** In the composer: the button that joins files, and the list of those that go with the next message. */
import "./files.css"
import { useTranslation } from "react-i18next"
import { FileTrigger } from "react-aria-components"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import type { Attached } from "./attached.ts"
import { Progress } from "./Progress.tsx"
import { useSizeWords } from "./size.ts"

/** `circle` is named, as in "le cercle de Jeanne AUBERTIN": a file goes to one circle. */
export function AttachButton({ attached, circle }: { attached: Attached; circle: string }) {
  const { t } = useTranslation("files")
  return (
    <FileTrigger
      allowsMultiple
      onSelect={(chosen) => {
        if (chosen !== null) attached.add(chosen)
      }}
    >
      <Button variant="quiet" icon="clip" aria-label={t("attachTo", { circle })}>
        {t("attach")}
      </Button>
    </FileTrigger>
  )
}

interface AttachmentsProps {
  attached: Attached
  /** Part of the encryption done, while a message is being prepared. */
  preparing: number | null
  /** Where the focus goes when the button that had it is gone. */
  onRemoved: () => void
}

export function Attachments({ attached, onRemoved, preparing }: AttachmentsProps) {
  const { t } = useTranslation("files")
  const size = useSizeWords()
  return (
    <>
      {attached.problem !== null && (
        <p className="composer-problem" role="alert">
          <Icon name="triangle" small />
          {attached.problem}
        </p>
      )}
      {preparing !== null && <Progress label={t("preparing")} part={preparing} />}
      {attached.files.length > 0 && (
        <ul className="attached" aria-label={t("list")}>
          {attached.files.map((file) => (
            <li key={file.key} className="file">
              <Icon name={file.blob.type.startsWith("image/") ? "picture" : "file"} />
              <span className="file-name">{file.name}</span>
              <span className="file-size">{size(file.blob.size)}</span>
              <IconButton
                icon="cross"
                label={t("remove", { name: file.name })}
                onPress={() => {
                  attached.remove(file)
                  onRemoved()
                }}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
