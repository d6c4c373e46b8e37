/** Somebody who was invited and is not in yet: how far it has come, and what a coordinator may do about it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components"
import type { Circle, PendingInvitation, Progress, Sex, Trust } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { IconButton } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { toast } from "../../ui/toasts.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { useSexWords } from "../circles/patient.ts"
import { initialsOf, listedName } from "../directory/professional.ts"
import { TrustBadge } from "../people/TrustBadge.tsx"
import { ResendDialog } from "./ResendDialog.tsx"

/** Where a letter is the way: the person has no account yet. */
const BY_LETTER: ReadonlySet<Progress> = new Set([
  "letter_waiting",
  "letter_sent",
  "letter_refused",
  "letter_given_up",
  "link_opened",
  "link_expired",
])
/** What needs a coordinator: nothing will move by itself. */
const STUCK: ReadonlySet<Progress> = new Set(["letter_refused", "letter_given_up", "link_expired", "asked"])

interface InvitedRowProps {
  circle: Circle
  invitation: PendingInvitation
  sex: Sex
  trust: Trust
  /** Undefined for who may not follow it up. */
  onEnd: (() => void) | undefined
}

export function InvitedRow({ circle, invitation, sex, trust, onEnd }: InvitedRowProps) {
  const { t } = useTranslation(["chat", "invitations"])
  const sexWords = useSexWords()(sex)
  const dates = useDates()
  const [resending, setResending] = useState(false)
  const { expires, ground, organisation, profession, progress, reminded, reminders, sector } = invitation
  return (
    <li className="member">
      <Avatar initials={initialsOf(invitation)} sector={sector} />
      <div className="member-words">
        <p className="name">{listedName(invitation)}</p>
        <p className="member-practice">
          {profession.label}
          {organisation && `, ${organisation.name}`}
        </p>
        <p className="member-ground">
          <SectorMark sector={sector} />
          <span>{t(`members.ground.${ground}`, sexWords)}</span>
        </p>
        <p className="member-chips">
          <Chip tone={STUCK.has(progress) ? "vigilance" : "neutral"} icon={STUCK.has(progress) ? "triangle" : "clock"}>
            {t(`invitations:progress.${progress}`)}
          </Chip>
          <TrustBadge trust={trust} />
        </p>
        <p className="mini faint">
          {t("members.answerBefore", { date: dates.numeric(expires) })}
          {reminded !== null && ` ${t("invitations:reminded", { count: reminders, date: dates.numeric(reminded) })}`}
        </p>
      </div>
      {onEnd && (
        <FollowUp
          name={listedName(invitation)}
          byLetter={BY_LETTER.has(progress)}
          remind={() => circle.remind(invitation.id)}
          onResend={() => {
            setResending(true)
          }}
          onEnd={onEnd}
        />
      )}
      <ResendDialog
        circle={circle}
        invitation={resending ? invitation : null}
        onClose={() => {
          setResending(false)
        }}
      />
    </li>
  )
}

interface FollowUpProps {
  name: string
  byLetter: boolean
  remind: () => Promise<void>
  onResend: () => void
  onEnd: () => void
}

function FollowUp({ name, byLetter, remind, onResend, onEnd }: FollowUpProps) {
  const { t } = useTranslation("invitations")
  const words = useErrorWords()
  const act = {
    remind: () => {
      remind()
        .then(() => {
          toast(t("followUp.remindedNow", { name }))
        })
        .catch((error: unknown) => {
          toast(words(error))
        })
    },
    resend: onResend,
    end: onEnd,
  }
  return (
    <MenuTrigger>
      <IconButton icon="more" label={t("followUp.label", { name })} />
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          aria-label={t("followUp.label", { name })}
          onAction={(key) => {
            if (key === "remind" || key === "resend" || key === "end") act[key]()
          }}
        >
          <MenuItem id="remind" className="menu-item place-item">
            <Icon name="clock" small />
            {t("followUp.remind")}
          </MenuItem>
          {byLetter && (
            <MenuItem id="resend" className="menu-item place-item">
              <Icon name="send" small />
              {t("followUp.resend")}
            </MenuItem>
          )}
          <MenuItem id="end" className="menu-item place-item">
            <Icon name="cross" small />
            {t("followUp.end")}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
