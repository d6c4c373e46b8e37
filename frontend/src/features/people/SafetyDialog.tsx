/**
 * Comparing the safety number with somebody: the one way to know, without trusting anybody else, that their key is
 * theirs. In each other's presence by the code, over the telephone by the digits.
 */
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { UserId } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { SafetyNumberView } from "./SafetyNumberView.tsx"

export interface Compared {
  readonly user: UserId
  readonly name: string
}

export function SafetyDialog({ person, onClose }: { person: Compared | null; onClose: () => void }) {
  const { t } = useTranslation("people")
  return (
    <Dialog title={t("safety.title")} isOpen={person !== null} onClose={onClose}>
      {person && <Comparison person={person} onClose={onClose} />}
    </Dialog>
  )
}

function Comparison({ person: { name, user }, onClose }: { person: Compared; onClose: () => void }) {
  const { t } = useTranslation("people")
  const cordee = useCordee()
  const words = useErrorWords()
  const queries = useQueryClient()
  const act = useAct()
  const key = ["safety", user]
  const { data, error } = useQuery({ queryKey: key, queryFn: () => cordee.safetyNumber(user) })
  const problem = act.problem ?? (error === null ? null : words(error))

  const mark = () => {
    act.run(async () => {
      await cordee.markCompared(user)
      await queries.invalidateQueries({ queryKey: key })
      onClose()
      toast(t("safety.done", { name }))
    })
  }

  return (
    <>
      <p>{t("safety.how", { name })}</p>
      {data !== undefined && (
        <>
          <SafetyNumberView digits={data.digits} qr={data.qr} />
          <p className="small soft">{t("safety.different", { name })}</p>
        </>
      )}
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("safety.close")}</Button>
        {data?.compared === false && (
          <Button variant="primary" icon="check" isPending={act.running} onPress={mark}>
            {t("safety.same")}
          </Button>
        )}
      </div>
      {data?.compared === true && (
        <p className="small" role="status">
          {t("safety.already")}
        </p>
      )}
    </>
  )
}
