/**
 * What opens above the page: a question in the middle, or a drawer at an edge. Focus stays inside and comes back.
 * Opening is the owner's business, so the only change that the overlay can ask for is to close.
 */
import "./dialog.css"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components"
import { IconButton } from "./Button.tsx"

interface DialogProps {
  title: string
  isOpen: boolean
  onClose: () => void
  /** `alertdialog` for what cannot be undone. */
  role?: "dialog" | "alertdialog"
  children: ReactNode
}

export function Dialog({ title, isOpen, onClose, role = "dialog", children }: DialogProps) {
  return (
    <ModalOverlay
      className="overlay overlay-middle"
      isOpen={isOpen}
      onOpenChange={onClose}
      isDismissable={role === "dialog"}
    >
      <Modal className="dialog">
        <AriaDialog className="dialog-inside" role={role}>
          <Heading slot="title" className="dialog-title">
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

interface DrawerProps {
  label: string
  side: "start" | "end"
  isOpen: boolean
  onClose: () => void
  children: ReactNode
}

/** On a phone a drawer covers the page. */
export function Drawer({ label, side, isOpen, onClose, children }: DrawerProps) {
  const { t } = useTranslation()
  return (
    <ModalOverlay className={`overlay overlay-${side}`} isOpen={isOpen} onOpenChange={onClose} isDismissable>
      <Modal className={`drawer drawer-${side}`}>
        <AriaDialog className="drawer-inside" aria-label={label}>
          <div className="drawer-close">
            <IconButton icon="cross" label={t("close")} onPress={onClose} />
          </div>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}
