/** The field that writes to one circle: it names the patient above the field and in the name of its button. */
import { useLayoutEffect, useRef, useState, type KeyboardEvent } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, TextArea, TextField, ToggleButton } from "react-aria-components"
import type { Circle, CirclePatient, CircleRow } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { useMe } from "../auth/me.ts"
import { formOf, useCircleWords } from "../circles/circleTitle.ts"
import { sentenceName, usePatientWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { areNear } from "../circles/nearNames.ts"
import { AttachButton, Attachments } from "../files/Attachments.tsx"
import { useAttached } from "../files/attached.ts"
import { pastedImages, useDrop } from "../files/useDrop.ts"
import { AwayToday } from "../network/Away.tsx"
import { draftOf, keepDraft } from "./drafts.ts"
import { lastWrittenIn, wroteIn } from "./lastWritten.ts"
import { MentionList, useMentioning } from "./MentionList.tsx"
import { namedIn, withMention } from "./mentions.ts"

interface WritingProps {
  circle: Circle
  row: CircleRow
  near: readonly CirclePatient[]
  /** Why messages wait, when they do. */
  waits: string | null
}

export function Writing({ circle, row, near, waits }: WritingProps) {
  const { t } = useTranslation("chat")
  const view = useObserved(circle.view)
  const { the, to } = useCircleWords()(row)
  const author = useMe().id
  const [text, setText] = useState(() => draftOf(author, circle.id))
  const [problem, setProblem] = useState<string | null>(null)
  const [asking, setAsking] = useState(false)
  const [urgent, setUrgent] = useState(false)
  const attached = useAttached(author, circle.id)
  const [preparing, setPreparing] = useState<number | null>(null)
  const box = useRef<HTMLDivElement>(null)
  const isDropping = useDrop(box, attached.add)
  const errorWords = useErrorWords()
  const cameFromNearName = useCameFromNearName(row)
  const field = useRef<HTMLTextAreaElement>(null)
  const readers = (view.readers?.people ?? row.member_count) - 1

  // A field as tall as its text, in browsers without `field-sizing` too.
  useLayoutEffect(() => {
    const element = field.current
    if (element === null) return
    element.style.height = "auto"
    element.style.height = `${element.scrollHeight}px`
  }, [text])

  const change = (written: string) => {
    setText(written)
    setProblem(null)
    keepDraft(author, circle.id, written)
  }

  const others = (view.detail?.members ?? []).filter(({ user }) => user !== author)
  const mentioning = useMentioning(others, (naming, member) => {
    const named = withMention(field.current?.value ?? text, naming, member)
    change(named.text)
    // Once React has put the text there: it would send the caret to the end.
    requestAnimationFrame(() => field.current?.setSelectionRange(named.caret, named.caret))
  })

  const send = async (written: string) => {
    const files = attached.take()
    change("")
    wroteIn(circle.id)
    if (files.length > 0) setPreparing(0)
    try {
      await circle.send(written, {
        files,
        urgent,
        mentions: namedIn(written, others),
        preparing: (done, total) => {
          setPreparing(done / Math.max(1, total))
        },
      })
      setUrgent(false)
    } catch (error) {
      attached.putBack(files)
      // What was typed meanwhile stays: the refused text comes back before it.
      setText((since) => {
        const back = since === "" ? written : `${written}\n${since}`
        keepDraft(author, circle.id, back)
        return back
      })
      setProblem(errorWords(error))
    } finally {
      setPreparing(null)
    }
  }

  const ask = () => {
    const written = text.trim()
    if ((written === "" && attached.files.length === 0) || preparing !== null) return
    if (near.length > 0 && cameFromNearName()) setAsking(true)
    else void send(written)
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (mentioning.onKeyDown(event)) return
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    ask()
  }

  return (
    <div
      ref={box}
      className={urgent ? "composer composer-urgent" : "composer"}
      data-region
      data-drop={isDropping || undefined}
    >
      <div className="composer-to">
        <Icon name="circles" small />
        <span>
          <To row={row} />
        </span>
        <span className="composer-readers">{t("composer.readers", { count: readers })}</span>
      </div>
      <AwayToday members={others} />
      {waits !== null && (
        <p className="composer-waits" role="status">
          <Icon name="clock" small />
          {waits}
        </p>
      )}
      {problem !== null && (
        <p className="composer-problem" role="alert">
          <Icon name="triangle" small />
          {problem}
        </p>
      )}
      {urgent && (
        <p className="composer-problem" role="status">
          <Icon name="triangle" small />
          {t("composer.urgentArmed")}
        </p>
      )}
      <Attachments attached={attached} preparing={preparing} onRemoved={() => field.current?.focus()} />
      <MentionList mentioning={mentioning} />
      <div className="composer-box">
        <TextField className="composer-field" value={text} onChange={change} aria-label={t("composer.field", { to })}>
          <TextArea
            ref={field}
            className="composer-text"
            rows={1}
            placeholder={t("composer.placeholder")}
            onKeyDown={onKeyDown}
            onSelect={({ currentTarget: { selectionStart, value } }) => {
              mentioning.look(value, selectionStart)
            }}
            aria-autocomplete="list"
            aria-controls={mentioning.offered.length > 0 ? mentioning.listId : undefined}
            aria-activedescendant={mentioning.offered.length > 0 ? mentioning.optionId(mentioning.chosen) : undefined}
            onPaste={(event) => {
              const images = pastedImages(event.clipboardData)
              if (images.length === 0) return
              event.preventDefault()
              attached.add(images)
            }}
            data-region-focus
          />
        </TextField>
        <div className="composer-tools">
          <AttachButton attached={attached} circle={the} />
          <span className="mini faint desk-only">{t("composer.keys")}</span>
          <ToggleButton className="button button-danger-outline composer-arm" isSelected={urgent} onChange={setUrgent}>
            <Icon name="triangle" small />
            {t("composer.urgent")}
          </ToggleButton>
          <AriaButton
            className="button button-primary composer-send"
            aria-label={t("composer.sendTo", { to })}
            onPress={ask}
            isDisabled={preparing !== null}
          >
            <Icon name="send" small />
            {t("composer.send")}
          </AriaButton>
        </div>
      </div>
      {row.patient !== null && (
        <NearQuestion
          patient={row.patient}
          near={near}
          to={to}
          isOpen={asking}
          onBack={() => {
            setAsking(false)
          }}
          onSend={() => {
            setAsking(false)
            void send(text.trim())
          }}
        />
      )}
    </div>
  )
}

/** Who is written to, in the words of the kind of circle. */
function To({ row }: { row: CircleRow }) {
  const { t } = useTranslation("kinds")
  const patientWords = usePatientWords()
  const { name, patient, peer } = row
  const values = {
    name: patient === null ? name : sentenceName(patient),
    age: patient === null ? null : patientWords(patient).age,
    own: name,
    peer: peer === null ? null : fullName(peer),
  }
  return <Marked text={t(`writing.${formOf(row)}`, values)} />
}

interface NearQuestionProps {
  patient: CirclePatient
  near: readonly CirclePatient[]
  to: string
  isOpen: boolean
  onBack: () => void
  onSend: () => void
}

function NearQuestion({ patient, near, to, isOpen, onBack, onSend }: NearQuestionProps) {
  const { t } = useTranslation("chat")
  const { age } = usePatientWords()(patient)
  return (
    <Dialog
      title={t("composer.nearTitle", { patient: sentenceName(patient), age })}
      role="alertdialog"
      isOpen={isOpen}
      onClose={onBack}
    >
      <p>{t("composer.nearExplanation", { near: near.map(sentenceName).join(", ") })}</p>
      <div className="dialog-actions">
        <Button onPress={onBack}>{t("composer.nearBack")}</Button>
        <Button variant="primary" icon="send" onPress={onSend}>
          {t("composer.sendTo", { to })}
        </Button>
      </div>
    </Dialog>
  )
}

/**
 * Whether what was written last went to a patient whose name is near this one's; asked once, then this circle is the
 * last.
 */
function useCameFromNearName({ id, patient }: CircleRow): () => boolean {
  const circles = useObserved(useCordee().circles)
  return () => {
    const before = lastWrittenIn()
    if (before === null || before === id) return false
    const other = circles?.find((circle) => circle.row.id === before)
    const about = other?.row.patient ?? null
    return about !== null && patient !== null && areNear(about, patient)
  }
}
