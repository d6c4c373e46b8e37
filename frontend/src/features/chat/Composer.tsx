/** Where one writes, or why one cannot: a switch over the state that the core gives. */
import "./composer.css"
import { useTranslation } from "react-i18next"
import type { Circle, CirclePatient, CircleRow } from "../../core/index.ts"
import { LinkButton } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useObserved } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { RefusalCard } from "./RefusalCard.tsx"
import { Writing } from "./Writing.tsx"

interface ComposerProps {
  circle: Circle
  row: CircleRow
  /** Patients of my other circles with a near name. */
  near: readonly CirclePatient[]
}

export function Composer({ circle, row, near }: ComposerProps) {
  const { t } = useTranslation("chat")
  const view = useObserved(circle.view)
  const { composer } = view
  switch (composer.state) {
    case "open":
    case "offline":
    case "joining":
    case "unconfirmed":
    case "rekeying":
      return (
        <Writing
          circle={circle}
          row={row}
          near={near}
          waits={composer.state === "open" ? null : t(`composer.${composer.state}`)}
        />
      )
    case "closed":
      return (
        <div className="composer-closed" data-region>
          <Icon name="eye" />
          <p>{t(`composer.closed.${composer.why}`)}</p>
        </div>
      )
    case "left":
      return (
        <div className="composer-closed" role="status" data-region>
          <Icon name="leave" />
          <div>
            <p>
              <b>{t("left.title")}</b>
            </p>
            <p>{t("left.explanation")}</p>
          </div>
          <LinkButton href={paths.circles}>{t("missing.back")}</LinkButton>
        </div>
      )
    case "refused":
      return <RefusalCard circle={circle} refusal={composer.refusal} members={view.detail?.members ?? []} />
  }
}
