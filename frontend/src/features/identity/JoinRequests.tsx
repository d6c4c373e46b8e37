/** Who asks to be invited: shown to coordinators above the conversation, answered by inviting or put aside. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { CordeeError, type Circle, type Ground, type JoinRequest } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useSexWords } from "../circles/patient.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"

/** Outside the team needs a consent, which the invitation page records. */
const GROUNDS: readonly Ground[] = ["same_structure", "chosen_by_patient", "formal_team"]

export function JoinRequests({ circle }: { circle: Circle }) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const act = useAct()
  const [inviting, setInviting] = useState<JoinRequest | null>(null)
  const { data, refetch } = useQuery({
    queryKey: ["join requests", circle.id],
    queryFn: () => cordee.patients.joinRequests(circle.id),
    refetchInterval: 60_000,
  })
  if (data === undefined || data.length === 0) return null
  const close = () => {
    setInviting(null)
    void refetch()
  }
  return (
    <section className="waiting" aria-label={t("requests.label")} role="status">
      {data.map((request) => (
        <Notice
          key={request.id}
          icon="people"
          action={
            <span className="known-actions">
              <Button
                variant="primary"
                onPress={() => {
                  setInviting(request)
                }}
              >
                {t("requests.invite")}
              </Button>
              <Button
                onPress={() => {
                  act.run(async () => {
                    await cordee.patients.dismiss(request.id)
                    await refetch()
                  })
                }}
              >
                {t("requests.dismiss")}
              </Button>
            </span>
          }
        >
          <Marked
            text={t("requests.asks", {
              name: fullName(request),
              profession: request.profession.label,
              structure: request.organisation?.name ?? t("requests.noStructure"),
            })}
          />{" "}
          {t(`ask.whys.${request.why}`)}
        </Notice>
      ))}
      <Problem words={act.problem} />
      <Dialog
        title={inviting === null ? "" : t("requests.title", { name: fullName(inviting) })}
        isOpen={inviting !== null}
        onClose={close}
      >
        {inviting && <InviteForm circle={circle} request={inviting} onClose={close} />}
      </Dialog>
    </section>
  )
}

function InviteForm({ circle, request, onClose }: { circle: Circle; request: JoinRequest; onClose: () => void }) {
  const { t } = useTranslation(["identity", "circles"])
  const act = useAct()
  const { detail } = useObserved(circle.view)
  const sexWords = useSexWords()(detail?.patient?.sex ?? "I")
  const [ground, setGround] = useState<Ground | null>(null)
  const invite = () => {
    act.run(async () => {
      // The directory's word for the same person: what is signed is what is shown there.
      const { candidates } = await circle.candidates(`${request.family_name} ${request.given_name}`)
      const candidate = candidates.find((each) => each.user === request.user && each.role === request.role)
      if (candidate === undefined) throw new CordeeError("not_found")
      if (ground === null) return
      await circle.invite({ candidate, role: "member", ground, notAfter: null })
      toast(t("requests.invited", { name: fullName(request) }))
      onClose()
    })
  }
  return (
    <>
      <RadioCards
        label={t("requests.ground")}
        note="CSP L1110-4, L1110-12"
        cards={GROUNDS.map((value) => ({
          value,
          label: t(`circles:ground.${value}.label`, sexWords),
          description: t(`circles:ground.${value}.description`, sexWords),
        }))}
        value={ground}
        onChange={setGround}
      />
      <p>{t("requests.sentence", { name: fullName(request) })}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button variant="primary" icon="key" isDisabled={ground === null} isPending={act.running} onPress={invite}>
          {act.running ? t("requests.running") : t("requests.submit")}
        </Button>
      </div>
    </>
  )
}
