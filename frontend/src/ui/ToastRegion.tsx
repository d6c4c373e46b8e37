/** Where toasts appear; mounted once. The region exists before its first word, so that screen readers announce it. */
import "./toast.css"
import { useSyncExternalStore } from "react"
import { useTranslation } from "react-i18next"
import { IconButton } from "./Button.tsx"
import { Icon } from "./Icon.tsx"
import { dismiss, toasts } from "./toasts.ts"

export function ToastRegion() {
  const { t } = useTranslation()
  const shown = useSyncExternalStore(toasts.subscribe, toasts.get)
  return (
    <div className="toasts" role="status">
      {shown.map(({ id, text }) => (
        <div key={id} className="toast">
          <Icon name="check" small />
          <span>{text}</span>
          <IconButton
            icon="cross"
            label={t("close")}
            onPress={() => {
              dismiss(id)
            }}
          />
        </div>
      ))}
    </div>
  )
}
