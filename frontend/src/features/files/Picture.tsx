/** A picture in the conversation, opened when it comes into sight; pressed, it fills the screen under the patient. */
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components"
import type { Circle, CircleRow, FileEntry, MessageId } from "../../core/index.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { fullTitle, useCircleWords } from "../circles/circleTitle.ts"
import { useObserved } from "../cordee.ts"
import { FileRow } from "./FileRow.tsx"
import { save } from "./leave.ts"
import { keepPicture, useImage, useOpened } from "./opened.ts"
import { Progress } from "./Progress.tsx"
import { useSizeWords } from "./size.ts"

interface PictureProps {
  circle: Circle
  message: MessageId
  file: FileEntry
}

export function Picture({ circle, file, message }: PictureProps) {
  const { t } = useTranslation("files")
  const [opened, open] = useOpened(circle, message, file)
  const show = () => {
    open((blob) => {
      keepPicture(circle, file.id, blob)
    })
  }
  const isClosed = opened.at === "closed"
  useEffect(() => {
    if (isClosed) show()
    // Once: what failed is asked for by the person.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  switch (opened.at) {
    case "closed":
    case "opening":
      return (
        <div className="picture picture-coming">
          <Progress label={t("downloading", { name: file.name })} part={opened.at === "opening" ? opened.part : 0} />
        </div>
      )
    case "failed":
      return (
        <div className="picture picture-coming file-problem">
          <Icon name="triangle" small />
          <span>
            <b>{file.name}</b> {opened.problem}
          </span>
          <Button icon="retry" onPress={show}>
            {t("retry")}
          </Button>
        </div>
      )
    case "open":
      return opened.blob.type.startsWith("image/") ? (
        <Shown circle={circle} file={file} blob={opened.blob} />
      ) : (
        <FileRow circle={circle} message={message} file={file} isThere note={t("notAPicture")} />
      )
  }
}

function Shown({ blob, circle, file }: { blob: Blob; circle: Circle; file: FileEntry }) {
  const { t } = useTranslation("files")
  const [isLarge, setLarge] = useState(false)
  const image = useImage(blob)
  const size = useSizeWords()
  return (
    <>
      <AriaButton
        className="picture"
        aria-label={t("enlarge", { name: file.name, size: size(file.size) })}
        onPress={() => {
          setLarge(true)
        }}
      >
        <img ref={image} alt="" />
      </AriaButton>
      <Large
        blob={blob}
        circle={circle}
        file={file}
        isOpen={isLarge}
        onClose={() => {
          setLarge(false)
        }}
      />
    </>
  )
}

interface LargeProps {
  blob: Blob
  circle: Circle
  file: FileEntry
  isOpen: boolean
  onClose: () => void
}

/** Never without what the circle is about: the banner behind is covered. */
function Large({ blob, circle, file, isOpen, onClose }: LargeProps) {
  const { t } = useTranslation("files")
  const image = useImage(blob)
  const row = useObserved(circle.view).detail
  return (
    <ModalOverlay className="overlay overlay-middle" isOpen={isOpen} onOpenChange={onClose} isDismissable>
      <Modal className="large-picture">
        <AriaDialog className="large-picture-inside">
          <header className="large-picture-head">
            <Heading slot="title">
              {row !== null && <AboutLine row={row} />}
              <span className="file-name">{file.name}</span>
            </Heading>
            <Button
              icon="download"
              onPress={() => {
                save(blob, file.name)
              }}
            >
              {t("download")}
            </Button>
            <IconButton icon="cross" label={t("close")} onPress={onClose} />
          </header>
          <img ref={image} alt={file.name} />
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

function AboutLine({ row }: { row: CircleRow }) {
  const { shortLine } = useCircleWords()(row)
  return (
    <b>
      {fullTitle(row)}, {shortLine}
    </b>
  )
}
