/** What one can do about a message beyond reading it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components"
import type { Circle, CircleView, MessageEntry } from "../../core/index.ts"
import { Icon } from "../../ui/Icon.tsx"
import { Confirm } from "../Confirm.tsx"

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
      <Confirm
        title={t("erase.title")}
        submit={t("erase.submit")}
        cancel={t("erase.cancel")}
        done={t("erase.done")}
        act={() => circle.erase(entry.id)}
        isDangerous
        isOpen={erasing}
        onClose={close}
      >
        <p>{t("erase.consequence")}</p>
      </Confirm>
    </>
  )
}
