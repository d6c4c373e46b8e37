/**
 * An invitation before it is answered: whom it is about (the minimum), who asks, on what ground, as what, until when.
 */
import "./invitation.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useNavigate } from "react-router"
import type { CirclePatient, Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { DeclineForm } from "../invitations/DeclineForm.tsx"
import { paths } from "../shell/paths.ts"
import { CircleSeal } from "./CircleSeal.tsx"
import { fullTitle, useCircleWords } from "./circleTitle.ts"
import { listName, sexOf, useSexWords } from "./patient.ts"

interface InvitationDialogProps {
  invitation: Invitation | null
  near: readonly CirclePatient[]
  onClose: () => void
}

export function InvitationDialog({ invitation, near, onClose }: InvitationDialogProps) {
  const { t } = useTranslation("circles")
  return (
    <Dialog title={t("invitation.title")} isOpen={invitation !== null} onClose={onClose}>
      {invitation && <Answer invitation={invitation} near={near} onClose={onClose} />}
    </Dialog>
  )
}

function Answer({
  invitation,
  near,
  onClose,
}: {
  invitation: Invitation
  near: readonly CirclePatient[]
  onClose: () => void
}) {
  const { t } = useTranslation("circles")
  const cordee = useCordee()
  const navigate = useNavigate()
  const dates = useDates()
  const { line } = useCircleWords()(invitation)
  const sexWords = useSexWords()
  const act = useAct()
  const [declining, setDeclining] = useState(false)
  const { admission, patient, inviter, ground, role } = invitation

  const accept = async () => {
    const circle = await cordee.accept(invitation.id)
    onClose()
    if (admission === "not_needed") await navigate(paths.circle(circle))
    else toast(t("invitation.asked"))
  }
  if (declining) {
    return (
      <DeclineForm
        invitation={invitation}
        onBack={() => {
          setDeclining(false)
        }}
        onDone={onClose}
      />
    )
  }
  return (
    <>
      <div className="invitation-patient">
        <CircleSeal of={invitation} />
        <div>
          <p className="name">{fullTitle(invitation)}</p>
          <p className="small soft">{line}</p>
          {near.map((other) => (
            <Chip key={listName(other) + other.birth_date} tone="vigilance" icon="triangle">
              {t("nearTo", { name: listName(other) })}
            </Chip>
          ))}
        </div>
      </div>
      <dl className="facts">
        <dt>{t("invitation.inviter")}</dt>
        <dd>
          <b>{inviter.name}</b>
          <br />
          {inviter.profession.label}
          {inviter.organisation && `, ${inviter.organisation.name}`}
        </dd>
        <dt>{t("invitation.ground")}</dt>
        <dd>{t(`ground.${ground}.label`, sexWords(sexOf(patient)))}</dd>
        <dt>{t("invitation.role")}</dt>
        <dd>{t(`role.${role}`)}</dd>
        <dt>{t("invitation.until")}</dt>
        <dd>{invitation.not_after === null ? t("invitation.noEnd") : dates.numeric(invitation.not_after)}</dd>
        <dt>{t("invitation.answerBefore")}</dt>
        <dd>
          {t("invitation.dateAndHour", {
            date: dates.numeric(invitation.expires),
            hour: dates.hour(invitation.expires),
          })}
        </dd>
      </dl>
      {admission === "asked" ? (
        <Notice icon="clock">{t("invitation.asked")}</Notice>
      ) : (
        <p className="small soft">{t("invitation.consequence")}</p>
      )}
      {admission === "to_ask" && <p className="small soft">{t("invitation.toAsk")}</p>}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button
          isDisabled={act.running}
          onPress={() => {
            setDeclining(true)
          }}
        >
          {t("invitation.decline")}
        </Button>
        {admission !== "asked" && (
          <Button
            variant="primary"
            icon="door"
            isPending={act.running}
            onPress={() => {
              act.run(accept)
            }}
          >
            {t(`invitation.${acceptWords(admission, act.running)}`)}
          </Button>
        )}
      </div>
    </>
  )
}

function acceptWords(admission: Invitation["admission"], isRunning: boolean) {
  if (admission === "not_needed") return isRunning ? "accepting" : "accept"
  return isRunning ? "asking" : "ask"
}
