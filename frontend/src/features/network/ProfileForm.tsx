/** What I say of myself, changed as a whole: nothing is sent before "Enregistrer". */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { ProfessionalProfile } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { AbsenceFields, type AbsenceTyped } from "./AbsenceFields.tsx"
import { useNetworkChanged } from "./Contact.tsx"
import { HoursFields, typedHours, type HoursTyped } from "./HoursFields.tsx"
import { LanguageFields } from "./LanguageFields.tsx"

/** As long as the server takes. */
const AVAILABILITY_LENGTH = 500

export function ProfileForm({ profile }: { profile: ProfessionalProfile }) {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const { problem, run, running } = useAct()
  const changed = useNetworkChanged()
  const [availability, setAvailability] = useState(profile.availability)
  const [languages, setLanguages] = useState(profile.languages)
  const [hours, setHours] = useState<readonly HoursTyped[]>(profile.hours)
  const [absence, setAbsence] = useState<AbsenceTyped | null>(profile.absence)
  const [missing, setMissing] = useState(false)

  const save = () => {
    const whole = typedHours(hours)
    const { ends = null, replacement = null, starts = null } = absence ?? {}
    const isWhole = whole !== null && (absence === null || (starts !== null && ends !== null))
    setMissing(!isWhole)
    if (!isWhole) return
    const away = starts === null || ends === null ? null : { starts, ends, replacement: replacement?.user ?? null }
    run(async () => {
      await network.changeProfile({ languages, availability, hours: whole, absence: away })
      await changed()
      toast(t("own.saved"))
    })
  }

  return (
    <form
      className="network-forms"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <AbsenceFields value={absence} onChange={setAbsence} />
      <section className="card" aria-labelledby="own-reaching">
        <h2 id="own-reaching">{t("profile.reaching")}</h2>
        <Field
          label={t("own.availability")}
          help={t("own.availabilityHelp")}
          value={availability}
          onChange={setAvailability}
          maxLength={AVAILABILITY_LENGTH}
          multiline
        />
        <HoursFields value={hours} onChange={setHours} />
        <LanguageFields value={languages} onChange={setLanguages} />
      </section>
      {(missing || problem !== null) && (
        <Notice tone="urgent" role="alert">
          {problem ?? t("own.missing")}
        </Notice>
      )}
      <div>
        <Button type="submit" variant="primary" isPending={running}>
          {t("own.save")}
        </Button>
      </div>
    </form>
  )
}
