/** Asking the coordinators of a patient's circle to be invited. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { PatientTraits, WhyJoin } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { sentenceName } from "../circles/patient.ts"
import { useCordee } from "../cordee.ts"

interface AskDialogProps {
  traits: PatientTraits
  isOpen: boolean
  onClose: () => void
}

const WHYS: readonly WhyJoin[] = ["in_charge", "replacing", "coordinating", "patient_asked"]

export function AskDialog({ isOpen, ...form }: AskDialogProps) {
  const { t } = useTranslation("identity")
  return (
    <Dialog title={t("ask.title")} isOpen={isOpen} onClose={form.onClose}>
      <AskForm {...form} />
    </Dialog>
  )
}

function AskForm({ traits, onClose }: Omit<AskDialogProps, "isOpen">) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const act = useAct()
  const [why, setWhy] = useState<WhyJoin>("in_charge")
  const ask = () => {
    act.run(async () => {
      await cordee.patients.ask(traits, why)
      onClose()
      toast(t("ask.done"))
    })
  }
  return (
    <>
      <p>{t("ask.sentence", { name: sentenceName({ family: traits.birth_name, given: traits.given_names }) })}</p>
      <RadioCards
        label={t("ask.why")}
        cards={WHYS.map((value) => ({ value, label: t(`ask.whys.${value}`) }))}
        value={why}
        onChange={setWhy}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button variant="primary" icon="send" isPending={act.running} onPress={ask}>
          {act.running ? t("ask.running") : t("ask.submit")}
        </Button>
      </div>
    </>
  )
}
