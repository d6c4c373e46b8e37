/** What one can do about a message beyond reading it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components"
import type { Circle, CircleView, MessageEntry } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"

interface MessageMenuProps {
  entry: MessageEntry
  view: CircleView
  circle: Circle
}

/** Erasing: one's own while one may write, anybody's as coordinator. */
export function MessageMenu({ entry, view, circle }: MessageMenuProps) {
  const { t } = useTranslation("chat")
  const [erasing, setErasing] = useState(false)
  const mayErase = entry.seq !== null && view.abilities.includes(entry.mine ? "send" : "erase")
  if (!mayErase || view.composer.state !== "open") return null
  const close = () => {
    setErasing(false)
  }
  return (
    <>
      <MenuTrigger>
        <AriaButton className="message-menu" aria-label={t("menu.label")}>
          <Icon name="more" small />
        </AriaButton>
        <Popover className="popover" placement="bottom end">
          <Menu
            className="menu"
            onAction={() => {
              setErasing(true)
            }}
          >
            <MenuItem id="erase" className="menu-item">
              {t("menu.erase")}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      <Dialog title={t("erase.title")} role="alertdialog" isOpen={erasing} onClose={close}>
        <Erasing entry={entry} circle={circle} onClose={close} />
      </Dialog>
    </>
  )
}

function Erasing({ entry, circle, onClose }: Pick<MessageMenuProps, "entry" | "circle"> & { onClose: () => void }) {
  const { t } = useTranslation("chat")
  const act = useAct()
  const erase = () => {
    act.run(async () => {
      await circle.erase(entry.id)
      onClose()
      toast(t("erase.done"))
    })
  }
  return (
    <>
      <p>{t("erase.consequence")}</p>
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("erase.cancel")}</Button>
        <Button variant="danger" isPending={act.running} onPress={erase}>
          {t("erase.submit")}
        </Button>
      </div>
    </>
  )
}
