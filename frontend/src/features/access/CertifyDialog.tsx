/** Asks for a certificate: of what, and why. The reason is sealed in the trail, where another officer reads it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { CordeeError, type CertificateAsked, type Pseudonym } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { readCode, subjectCode } from "../trail/code.ts"
import { useDesk } from "../trail/desk.ts"
import { later } from "../trail/filters.ts"
import { readMessage, wholeDays } from "./asked.ts"

interface CertifyDialogProps {
  /** What the journal came with. */
  message: string | null
  circle: Pseudonym | null
  isOpen: boolean
  /** Given up. */
  onClose: () => void
  /** Closes the dialog once this has succeeded. */
  make: (asked: CertificateAsked, reason: string) => Promise<void>
}

export function CertifyDialog({ isOpen, onClose, ...form }: CertifyDialogProps) {
  const { t } = useTranslation("access")
  return (
    <Dialog title={t("form.title")} isOpen={isOpen} onClose={onClose}>
      <CertifyForm {...form} onClose={onClose} />
    </Dialog>
  )
}

const REASON = { shortest: 10, longest: 500 }
const A_MONTH = 30

function CertifyForm({ circle, make, message, onClose }: Omit<CertifyDialogProps, "isOpen">) {
  const { t } = useTranslation("access")
  const today = useToday()
  const [of, setOf] = useState<"message" | "period">(circle === null ? "message" : "period")
  const [id, setId] = useState(message ?? "")
  const [code, setCode] = useState(circle === null ? "" : subjectCode("Circle", circle))
  const [from, setFrom] = useState<string | null>(later(today, -A_MONTH))
  const [to, setTo] = useState<string | null>(today)
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const circleOf = useCircleOf(circle)
  const running = useAct()
  const read = readMessage(id)
  const known = readCode(code)
  const isPeriod = from !== null && to !== null && from <= to
  const errors = {
    id: of === "message" && read === null ? t("form.badMessage") : undefined,
    code: of === "period" && known?.letter !== "C" ? t("form.badCode") : undefined,
    to: of === "period" && !isPeriod ? t("form.badPeriod") : undefined,
    reason: reason.trim().length < REASON.shortest ? t("form.shortReason", { count: REASON.shortest }) : undefined,
  }
  const shown = tried ? errors : { id: undefined, code: undefined, to: undefined, reason: undefined }
  const labels = { previous: t("form.previous"), next: t("form.next") }
  return (
    <form
      className="dialog-form"
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (Object.values(errors).some((error) => error !== undefined)) return
        running.run(async () => {
          const asked =
            of === "message" && read !== null
              ? { message: read }
              : { circle: await circleOf(known?.code ?? ""), ...wholeDays(from ?? today, to ?? today) }
          await make(asked, reason.trim())
        })
      }}
    >
      <p>{t("form.what")}</p>
      <Segmented
        label={t("form.of")}
        choices={[
          { value: "message", label: t("form.message") },
          { value: "period", label: t("form.period") },
        ]}
        value={of}
        onChange={setOf}
      />
      {of === "message" ? (
        <Field label={t("form.id")} help={t("form.idHelp")} code value={id} onChange={setId} error={shown.id} />
      ) : (
        <>
          <Field
            label={t("form.code")}
            help={t("form.codeHelp")}
            code
            value={code}
            onChange={setCode}
            error={shown.code}
          />
          <DatePicker label={t("form.from")} labels={labels} value={from} max={today} onChange={setFrom} />
          <DatePicker label={t("form.to")} labels={labels} value={to} max={today} onChange={setTo} error={shown.to} />
        </>
      )}
      <Field
        label={t("form.reason")}
        help={t("form.reasonHelp")}
        multiline
        value={reason}
        onChange={setReason}
        maxLength={REASON.longest}
        error={shown.reason}
      />
      <Problem words={running.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("form.cancel")}</Button>
        <Button variant="primary" type="submit" isPending={running.running}>
          {t("form.submit")}
        </Button>
      </div>
    </form>
  )
}

/** The pseudonym that a typed code stands for: the one the journal came with, or that of an act with this code. */
function useCircleOf(given: Pseudonym | null): (code: string) => Promise<Pseudonym> {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  return async (code) => {
    if (given !== null && subjectCode("Circle", given) === code) return given
    const { events } = await trail.search(id, { code: [code] }, null)
    const found = new Set(events.flatMap(({ cir }) => (cir === null ? [] : [cir])))
    const [circle] = found
    if (circle === undefined) throw new CordeeError("not_found")
    if (found.size > 1) throw new CordeeError("code_of_several")
    return circle
  }
}
