/** From a pseudonym to a person, on request: with a reason, written in the trail; many only with another officer. */
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Pseudonym, SubjectResolved, TrailRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { toast } from "../../ui/toasts.ts"
import { useCordee } from "../cordee.ts"
import { useMedia } from "../chat/useMedia.ts"
import { AskReason } from "./AskReason.tsx"
import { subjectCode, type SubjectKind } from "./code.ts"
import { AT_THE_DESK, useDesk } from "./desk.ts"
import { subjectsOf } from "./words.ts"

/** The server's bounds: as many as one officer resolves alone, and as many as are asked for at once. */
const ALONE = 5
const MOST = 500

interface ResolveDialogProps {
  pseudonyms: readonly Pseudonym[]
  /** They are not all of the list. */
  isPart?: boolean
  isOpen: boolean
  onClose: () => void
}

export function ResolveDialog({ isOpen, isPart = false, onClose, pseudonyms }: ResolveDialogProps) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { organisation, tell } = useDesk()
  const queries = useQueryClient()
  const isMany = pseudonyms.length > ALONE
  const count = pseudonyms.length
  return (
    <AskReason
      title={t("resolve.title", { count })}
      consequence={[
        t("resolve.recorded", { count }),
        ...(isPart ? [t("resolve.part", { most: MOST })] : []),
        t(isMany ? "resolve.fourEyes" : "resolve.shown", { count, alone: ALONE }),
      ]}
      submit={isMany ? t("resolve.ask") : t("resolve.submit")}
      isOpen={isOpen}
      onClose={onClose}
      act={async (reason) => {
        const { resolution, subjects } = await trail.resolve(organisation.id, pseudonyms, reason)
        tell(subjects)
        if (resolution === null) return
        await queries.invalidateQueries({ queryKey: ["resolutions", organisation.id] })
        toast(t("resolve.waits"))
      }}
    />
  )
}

interface ResolveAllProps {
  events: readonly TrailRow[]
  /** Others follow, which are not loaded. */
  hasMore: boolean
}

/** All of whom these acts speak, and who are not resolved yet. */
export function ResolveAll({ events, hasMore }: ResolveAllProps) {
  const { t } = useTranslation("trail")
  const { told } = useDesk()
  const [asked, setAsked] = useState<readonly Pseudonym[]>([])
  const [isAsking, setAsking] = useState(false)
  const mayAsk = useMedia(AT_THE_DESK)
  const unknown = subjectsOf(events).filter((each) => !told.has(each))
  if (!mayAsk) return null
  return (
    <>
      {unknown.length > 0 && (
        <Button
          icon="eye"
          onPress={() => {
            setAsked(unknown.slice(0, MOST))
            setAsking(true)
          }}
        >
          {t("resolve.all")}
        </Button>
      )}
      <ResolveDialog
        pseudonyms={asked}
        isPart={hasMore || unknown.length > MOST}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
        }}
      />
    </>
  )
}

interface SubjectProps {
  kind: SubjectKind
  pseudonym: Pseudonym
}

/** A code, who it is once that was asked, and the way to ask. */
export function Subject({ kind, pseudonym }: SubjectProps) {
  const { t } = useTranslation("trail")
  const [isAsking, setAsking] = useState(false)
  const told = useDesk().told.get(pseudonym)
  const mayAsk = useMedia(AT_THE_DESK)
  const code = subjectCode(kind, pseudonym)
  return (
    <>
      <span className="subject">
        <b>{code}</b>
        {told === undefined && mayAsk && (
          <Button
            variant="quiet"
            icon="eye"
            aria-label={t("resolve.begin", { code })}
            onPress={() => {
              setAsking(true)
            }}
          >
            {t("resolve.one")}
          </Button>
        )}
        {told !== undefined && <Told subject={told} />}
      </span>
      <ResolveDialog
        pseudonyms={[pseudonym]}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
        }}
      />
    </>
  )
}

function Told({ subject }: { subject: SubjectResolved }) {
  const words = useToldWords()
  return (
    <span className="subject-told" role="status">
      {words(subject)}
    </span>
  )
}

/** `Mme Anne-Laure FERRIER, Infirmière, DAC Haute-Combe` */
export function useToldWords(): (subject: SubjectResolved) => string {
  const { t } = useTranslation("trail")
  const dates = useDates()
  return ({ birth_date, kind, name, organisation, patient, profession }) => {
    if (kind === null) return t("resolve.erased")
    const parts = [
      name,
      profession,
      organisation,
      birth_date === null ? null : t("resolve.born", { date: dates.numeric(birth_date) }),
      patient === null ? null : t("resolve.ofPatient", { code: subjectCode("Patient", patient) }),
    ].filter((part) => part !== null)
    return parts.length === 0 ? t("resolve.nameless") : parts.join(", ")
  }
}
