/** A member's role and end of access: what follows is said whole before it is signed. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Circle, Member, Role } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { dayOf, endOfDay, useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { Select } from "../../ui/Select.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { fullName } from "../directory/professional.ts"

interface RoleDialogProps {
  circle: Circle
  member: Member
  isOpen: boolean
  onClose: () => void
}

/** A secretariat is given by its doctor, not by a coordinator: it can be kept and taken away. */
const GIVEN: readonly Role[] = ["member", "coordinator", "guest"]

export function RoleDialog({ isOpen, ...form }: RoleDialogProps) {
  const { t } = useTranslation("people")
  return (
    <Dialog title={t("role.title", { name: fullName(form.member) })} isOpen={isOpen} onClose={form.onClose}>
      <RoleForm {...form} />
    </Dialog>
  )
}

function RoleForm({ circle, member, onClose }: Omit<RoleDialogProps, "isOpen">) {
  const { t } = useTranslation(["people", "directory"])
  const dates = useDates()
  const today = useToday()
  const act = useAct()
  const name = fullName(member)
  const [role, setRole] = useState(member.role)
  const [end, setEnd] = useState(member.not_after === null ? null : dayOf(member.not_after))
  const [tried, setTried] = useState(false)
  const roles = GIVEN.includes(member.role) ? GIVEN : [...GIVEN, member.role]
  const mistake =
    end === null
      ? role === "guest"
        ? t("directory:endMissing")
        : undefined
      : end < today
        ? t("directory:endPast")
        : undefined

  const change = () => {
    setTried(true)
    if (mistake !== undefined) return
    act.run(async () => {
      await circle.setRole(member.user, role, end === null ? null : endOfDay(end))
      onClose()
      toast(t("role.done", { name }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        change()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <Select
        label={t("sheet.role")}
        choices={roles.map((value) => ({ value, label: t(`sheet.roles.${value}`) }))}
        value={role}
        onChange={setRole}
      />
      <DatePicker
        label={role === "guest" ? t("directory:end") : t("directory:endOptional")}
        value={end}
        onChange={setEnd}
        min={today}
        error={tried ? mistake : undefined}
        labels={{ previous: t("directory:previousMonth"), next: t("directory:nextMonth") }}
      />
      <p>
        <Marked text={t(`role.sentence.${role}`, { name })} />
        <Marked text={end === null ? t("role.noEnd") : t("role.until", { date: dates.numeric(end) })} />{" "}
        {t("role.others")}
      </p>
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("directory:cancel")}</Button>
        <Button type="submit" variant="primary" icon="key" isPending={act.running}>
          {act.running ? t("role.running") : t("role.submit")}
        </Button>
      </div>
    </Form>
  )
}
