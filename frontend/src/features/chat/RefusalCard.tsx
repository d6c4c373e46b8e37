/**
 * The client has refused something: the rope is cut and the composer is gone. Said once, loudly, in four parts: what
 * happened, what is safe, what no longer works, what to do. There is no way to close it; reading stays, the draft is
 * kept.
 */
import "./refusal.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, Member, Refusal, RefusalCode } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon, type IconName } from "../../ui/Icon.tsx"
import { Knot } from "../../ui/Rope.tsx"
import { useMe } from "../auth/me.ts"
import { Confirm } from "../Confirm.tsx"
import { fullName } from "../directory/professional.ts"
import { Evidence } from "./Evidence.tsx"

/** A change that this device alone may have been unable to follow: coming in again, after it, can help. */
const MENDABLE: ReadonlySet<RefusalCode> = new Set(["unprocessable", "invalid_commit"])

interface RefusalCardProps {
  circle: Circle
  refusal: Refusal
  members: readonly Member[]
}

export function RefusalCard({ circle, refusal, members }: RefusalCardProps) {
  const { t } = useTranslation("chat")
  const me = useMe()
  const coordinators = members.filter((member) => member.role === "coordinator" && member.user !== me.id)
  return (
    <div className="refusal-place" role="alert" data-region>
      <Knot icon="shield-cross" tone="urgent" />
      <div className="refusal">
        <h2>{t("refusal.title")}</h2>
        <p>{t(`refusal.what.${refusal.code}`)}</p>
        <ul>
          <Line icon="check" safe text={t("refusal.safe")} />
          <Line icon="check" safe text={t("refusal.reading")} />
          <Line icon="cross" text={t("refusal.stopped")} />
        </ul>
        <p>
          <b>{t("refusal.todo")}</b>{" "}
          {coordinators.length > 0 && t("refusal.coordinators", { names: coordinators.map(nameAndPlace).join(" · ") })}
        </p>
        <Evidence refusal={refusal} />
        {MENDABLE.has(refusal.code) && <Resume circle={circle} />}
        <p className="mini soft">{t("refusal.emergency")}</p>
      </div>
    </div>
  )
}

function Resume({ circle }: { circle: Circle }) {
  const { t } = useTranslation("chat")
  const [asking, setAsking] = useState(false)
  return (
    <>
      <div className="evidence-buttons">
        <Button
          icon="retry"
          onPress={() => {
            setAsking(true)
          }}
        >
          {t("resync.do")}
        </Button>
      </div>
      <Confirm
        title={t("resync.title")}
        submit={t("resync.submit")}
        cancel={t("resync.cancel")}
        done={t("resync.done")}
        act={() => circle.resync()}
        icon="retry"
        isOpen={asking}
        onClose={() => {
          setAsking(false)
        }}
      >
        <p>{t("resync.consequence")}</p>
      </Confirm>
    </>
  )
}

function nameAndPlace(member: Member): string {
  return member.organisation === null ? fullName(member) : `${fullName(member)}, ${member.organisation.name}`
}

function Line({ icon, safe = false, text }: { icon: IconName; safe?: boolean; text: string }) {
  return (
    <li className={safe ? "refusal-safe" : "refusal-stopped"}>
      <Icon name={icon} small />
      <span>{text}</span>
    </li>
  )
}
