/** The directory's people: those who can be invited, and those who cannot, with the reason. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { GridList, GridListItem } from "react-aria-components"
import { useQuery } from "@tanstack/react-query"
import type { Candidate, Circle, CirclePatient } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName, initialsOf } from "./professional.ts"
import { useSettled } from "./useSettled.ts"

/** The pause after which a search is meant. */
const PAUSE_MS = 250
/** Shorter than this finds half of the directory. */
const LEAST_CHARACTERS = 2

interface CandidateSearchProps {
  circle: Circle
  patient: CirclePatient | null
  /** A compartment or an exchange: those who may come are few, and all shown. */
  isFew: boolean
  chosen: Candidate | null
  onChoose: (candidate: Candidate | null) => void
}

export function CandidateSearch({ circle, patient, isFew, chosen, onChoose }: CandidateSearchProps) {
  const { t } = useTranslation("directory")
  const words = useErrorWords()
  const sexWords = useSexWords()(sexOf(patient))
  const [typed, setTyped] = useState("")
  const query = useSettled(typed.trim(), PAUSE_MS)
  const asked = isFew || query.length >= LEAST_CHARACTERS
  const { data, error, isFetching } = useQuery({
    queryKey: ["candidates", circle.id, query],
    queryFn: () => circle.candidates(query),
    enabled: asked,
    placeholderData: (before) => before,
  })

  return (
    <>
      <SearchField
        label={t("search")}
        placeholder={t("searchPlaceholder")}
        value={typed}
        onChange={setTyped}
        autoFocus
      />
      {error !== null && (
        <Notice tone="urgent" role="alert">
          {words(error)}
        </Notice>
      )}
      <p className="mini faint" role="status">
        {!asked
          ? t("typeMore")
          : data === undefined
            ? t("searching")
            : isFetching
              ? t("searching")
              : t("found", { count: data.candidates.length })}
        {asked && data?.truncated === true && ` ${t("truncated")}`}
      </p>
      {asked && data !== undefined && (
        <CandidateList candidates={data.candidates} chosen={chosen} onChoose={onChoose} />
      )}
      <p className="mini faint invite-note">{t(patient === null ? "noteNoPatient" : "note", sexWords)}</p>
    </>
  )
}

interface CandidateListProps {
  candidates: readonly Candidate[]
  chosen: Candidate | null
  onChoose: (candidate: Candidate | null) => void
}

/** Someone who cannot be invited stays in the list and in the way of the arrow keys, so that the reason can be read. */
export function CandidateList({ candidates, chosen, onChoose }: CandidateListProps) {
  const { t } = useTranslation("directory")
  const [refused, setRefused] = useState<Candidate | null>(null)
  return (
    <>
      <GridList
        className="candidates"
        aria-label={t("results")}
        selectionMode="single"
        selectionBehavior="toggle"
        disabledBehavior="selection"
        disabledKeys={candidates.filter((candidate) => !candidate.invitable).map((candidate) => candidate.role)}
        selectedKeys={chosen === null ? [] : [chosen.role]}
        onSelectionChange={(keys) => {
          onChoose(
            candidates.find((candidate) => candidate.invitable && keys !== "all" && keys.has(candidate.role)) ?? null,
          )
        }}
        onAction={(key) => {
          const candidate = candidates.find((each) => each.role === key)
          if (candidate === undefined) return
          if (candidate.invitable) onChoose(candidate)
          setRefused(candidate.invitable ? null : candidate)
        }}
        renderEmptyState={() => <p className="home-empty">{t("nobody")}</p>}
      >
        {candidates.map((candidate) => (
          <CandidateRow key={candidate.role} candidate={candidate} isChosen={candidate.role === chosen?.role} />
        ))}
      </GridList>
      <span className="unseen" role="status">
        {refused && `${fullName(refused)}. ${t(`whyLong.${refused.why ?? "inactive"}`)}`}
      </span>
    </>
  )
}

function CandidateRow({ candidate, isChosen }: { candidate: Candidate; isChosen: boolean }) {
  const { t } = useTranslation("directory")
  const { profession, speciality, organisation, invitable, why } = candidate
  const practice = speciality === null ? profession.label : `${profession.label}, ${speciality}`
  const place = organisation === null ? "" : `, ${organisation.name}`
  const reason = invitable ? "" : `. ${t(`whyLong.${why ?? "inactive"}`)}`
  return (
    <GridListItem
      id={candidate.role}
      className={invitable ? "candidate" : "candidate candidate-refused"}
      textValue={`${fullName(candidate)}, ${practice}${place}${reason}`}
    >
      <Avatar initials={initialsOf(candidate)} sector={candidate.sector} />
      <div className="candidate-who">
        <p className="candidate-name">
          <span className="name">{fullName(candidate)}</span>
          <SectorMark sector={candidate.sector} />
        </p>
        <p>{practice}</p>
        {candidate.rpps !== null && (
          <p className="mini faint code">
            {t("rpps")} {groupedRpps(candidate.rpps)}
          </p>
        )}
      </div>
      <div className="candidate-where">
        {organisation === null ? (
          <p className="soft">{t("noOrganisation")}</p>
        ) : (
          <>
            <p className="candidate-organisation">{organisation.name}</p>
            {organisation.city !== null && <p className="soft">{organisation.city}</p>}
          </>
        )}
        {invitable && candidate.identity_key === null && (
          <p className="mini faint">{t(candidate.account === "open" ? "pendingChip" : "noAccountChip")}</p>
        )}
        {why !== null && why !== "already_member" && why !== "already_invited" && (
          <p className="mini faint">{t(`why.${why}`)}</p>
        )}
      </div>
      <div className="candidate-act">
        {!invitable ? (
          <Chip {...(why === "already_member" || why === "already_invited" ? {} : { icon: "cross" as const })}>
            {t(`whyChip.${why ?? "inactive"}`)}
          </Chip>
        ) : isChosen ? (
          <Chip tone="action" icon="check">
            {t("isChosen")}
          </Chip>
        ) : (
          // The row is what one presses; this only shows that it can be.
          <span className="button button-plain" aria-hidden="true">
            {t("choose")}
          </span>
        )}
      </div>
    </GridListItem>
  )
}

/** `10 990 000 042`: an RPPS number in the groups in which it is read aloud. */
function groupedRpps(rpps: string): string {
  return rpps.replace(/^(\d{2})(\d{3})(\d{3})(\d{3})$/, "$1\u00a0$2\u00a0$3\u00a0$4")
}
