/**
 * What this browser has computed of an act's place in the log: not yet, step by step, intact, or broken. Asks the server for
 * the proof and believes none of it.
 */
import "./proof.css"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { codeOf, hex, STEPS, type Proved, type Step, type StepName, type TrailRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useCordee } from "../cordee.ts"
import { useClock } from "./clock.ts"
import { useDesk } from "./desk.ts"
import { saveText } from "./save.ts"

type State =
  | { readonly at: "unverified" | "verifying" | "unsealed" | "pruned" }
  | { readonly at: "failed"; readonly words: string }
  | { readonly at: "computed"; readonly proved: Proved; readonly when: string }

/** Steps are shown one after the other, so that a person can follow; the computing takes a few milliseconds. */
const PACE = 140

export function ProofCard({ event }: { event: TrailRow }) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const [state, setState] = useState<State>({ at: event.place === null ? "unsealed" : "unverified" })
  const verify = async () => {
    setState({ at: "verifying" })
    try {
      setState({ at: "computed", proved: await trail.prove(id, event), when: new Date().toISOString() })
    } catch (error) {
      const code = codeOf(error)
      if (code === "not_sealed") setState({ at: "unsealed" })
      else setState(code === "pruned" ? { at: code } : { at: "failed", words: words(error) })
    }
  }
  return (
    <div className="proof-part">
      <Shown state={state} />
      {state.at === "failed" && <Notice role="alert">{state.words}</Notice>}
      <div className="proof-acts">
        <Button
          variant="primary"
          icon="shield"
          isPending={state.at === "verifying"}
          onPress={() => {
            void verify()
          }}
        >
          {state.at === "computed" ? t("proof.again") : t("proof.verify")}
        </Button>
        {state.at === "computed" && (
          <Button
            icon="export"
            aria-label={t("proof.fileLabel")}
            onPress={() => {
              saveText(`${event.id}.tlog-proof`, state.proved.file)
            }}
          >
            {t("proof.file")}
          </Button>
        )}
      </div>
      <p className="mini faint">{t("proof.note")}</p>
    </div>
  )
}

function Shown({ state }: { state: State }) {
  const { t } = useTranslation("trail")
  switch (state.at) {
    case "computed":
      return <Computed key={state.when} proved={state.proved} when={state.when} />
    case "pruned":
    case "unsealed":
      return (
        <div className="proof proof-waiting" role="status">
          <p className="proof-head">
            <Icon name="clock" />
            {t(`proof.${state.at}`)}
          </p>
          <p className="proof-words small">{t(`proof.${state.at}What`)}</p>
        </div>
      )
    case "failed":
    case "unverified":
    case "verifying":
      return (
        <div className="proof proof-waiting" role="status">
          <p className="proof-head">
            <Icon name="shield" />
            {state.at === "verifying" ? t("proof.verifying") : t("proof.unverified")}
          </p>
        </div>
      )
  }
}

function Computed({ proved, when }: { proved: Proved; when: string }) {
  const { t } = useTranslation("trail")
  const clock = useClock()
  const { intact, steps } = proved.verdict
  const shown = useTicking(steps.length)
  if (shown < steps.length) {
    return (
      <div className="proof proof-waiting">
        <p className="proof-head">
          <Icon name="shield" />
          {t("proof.verifying")}
        </p>
        <Steps proved={proved} shown={shown} />
      </div>
    )
  }
  if (!intact) return <Broken proved={proved} />
  const isLacking = steps.some(({ at }) => at === "lacking")
  return (
    <div className={isLacking ? "proof proof-lacking" : "proof proof-intact"} role="status">
      <p className="proof-head">
        <Icon name="shield" />
        {isLacking ? t("proof.lacking") : t("proof.intact")}
        <time dateTime={when} className="proof-when mini">
          {clock.time(when)}
        </time>
      </p>
      <Steps proved={proved} shown={shown} />
    </div>
  )
}

/** Red, once: what happened, what is safe, what to do now. */
function Broken({ proved }: { proved: Proved }) {
  const { t } = useTranslation("trail")
  const failed = proved.verdict.steps.find((step) => step.at === "failed")
  const why = failed === undefined ? "" : t(`proof.why.${failed.code}`)
  return (
    <div className="proof proof-broken" role="alert">
      <p className="proof-head">
        <Icon name="cut" />
        {t("proof.broken")}
      </p>
      <Steps proved={proved} shown={proved.verdict.steps.length} />
      <div className="proof-words small">
        <p>{t("proof.what", { why })}</p>
        <p>{t("proof.safe")}</p>
        <p>
          <b>{t("proof.do")}</b>
        </p>
        <Button
          variant="danger"
          icon="download"
          onPress={() => {
            saveText(
              `evidence-${proved.proof.origin.replaceAll("/", "-")}-${String(proved.proof.index)}.json`,
              proved.evidence,
            )
          }}
        >
          {t("proof.evidence")}
        </Button>
      </div>
    </div>
  )
}

function Steps({ proved, shown }: { proved: Proved; shown: number }) {
  const done = new Map(proved.verdict.steps.slice(0, shown).map((step) => [step.name, step]))
  return (
    <ol className="proof-steps">
      {STEPS.map((name) => (
        <StepLine key={name} name={name} step={done.get(name)} proved={proved} />
      ))}
    </ol>
  )
}

function StepLine({ name, proved, step }: { name: StepName; proved: Proved; step: Step | undefined }) {
  const { t } = useTranslation("trail")
  const { below, facts, title, untaken } = useStepWords(proved)
  const at = step?.at ?? "pending"
  const icon = at === "passed" ? "check" : at === "failed" ? "cross" : "clock"
  return (
    <li className={`proof-step proof-step-${at}`}>
      <Icon name={icon} small />
      <span>
        {at === "passed" || at === "lacking" ? title(name) : untaken(name)}
        <span className="unseen">
          , {at === "passed" ? t("proof.done") : at === "failed" ? t("proof.failed") : t("proof.pending")}
        </span>
        {at === "passed" && <span className="code mini proof-below">{below(name)}</span>}
      </span>
      {at === "passed" && <span className="code">{facts(name)}</span>}
    </li>
  )
}

function useStepWords({ proof, quorum, seen, verdict, witnesses }: Proved) {
  const { t, i18n } = useTranslation("trail")
  const dates = useDates()
  const signed = verdict.cosignatures
  const title = (name: StepName): string => {
    switch (name) {
      case "signature":
        return t("proof.steps.signature", { size: proof.size.toLocaleString(i18n.language) })
      case "extension":
        if (seen === null) return t("proof.steps.first")
        return t("proof.steps.extension", { day: dates.numeric(new Date(seen.at).toISOString()) })
      case "witnesses":
        if (witnesses === 0) return t("proof.steps.none")
        if (signed.length < quorum) return t("proof.steps.lacking", { count: signed.length, quorum })
        return t("proof.steps.witnesses", { count: signed.length })
      case "leaf":
      case "path":
        return t(`proof.steps.${name}`)
    }
  }
  /** Of a step that failed or was not come to: it says nothing of what would have been found. */
  const untaken = (name: StepName): string =>
    name === "leaf" || name === "path" ? t(`proof.steps.${name}`) : t(`proof.steps.untaken.${name}`)
  const facts = (name: StepName): string => {
    if (name === "path") return t("proof.nodes", { count: proof.path.length })
    return name === "signature" ? "Ed25519" : ""
  }
  const below = (name: StepName): string => {
    if (name === "leaf") return short(verdict.hash)
    return name === "witnesses" ? signed.map(({ witness }) => witness).join(", ") : ""
  }
  return { below, facts, title, untaken }
}

/** `9f3c e1a7 40b2 … 7d08` */
function short(hash: Uint8Array): string {
  const groups = hex(hash).match(/.{4}/g) ?? []
  return [...groups.slice(0, 3), "…", groups.at(-1) ?? ""].join(" ")
}

/** How many steps are shown: one more each moment, all at once for who wants no motion. */
function useTicking(count: number): number {
  const [shown, setShown] = useState(() => (matchMedia("(prefers-reduced-motion: reduce)").matches ? count : 1))
  useEffect(() => {
    if (shown >= count) return
    const timer = setTimeout(() => {
      setShown(shown + 1)
    }, PACE)
    return () => {
      clearTimeout(timer)
    }
  }, [shown, count])
  return shown
}
