/**
 * What a circle asks people for: somebody with new keys waits for a coordinator who has looked; a change that others
 * could not follow. Stays until it is settled.
 */
import "./waiting.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleView, UserId, Waiting as WaitingPerson } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useMe } from "../auth/me.ts"
import { fullName } from "../directory/professional.ts"
import { Admitting } from "./Admitting.tsx"

type Asked = { readonly as: "admission" | "reset" } & WaitingPerson

export function Waiting({ circle, view }: { circle: Circle; view: CircleView }) {
  const { t, i18n } = useTranslation(["people", "chat"])
  const me = useMe()
  const [looking, setLooking] = useState<UserId | null>(null)
  const isCoordinator = view.detail?.role === "coordinator"
  const asked: readonly Asked[] = [
    ...view.waiting.admissions.map((each) => ({ as: "admission" as const, ...each })),
    ...view.waiting.resets.map((each) => ({ as: "reset" as const, ...each })),
  ]
  const nameOf = (user: UserId) => {
    const person = view.people.get(user) ?? view.detail?.invitations.find((each) => each.user === user)
    return person === undefined ? t("chat:someone") : fullName(person)
  }
  const lookedAt = asked.find(({ user }) => user === looking)
  const close = () => {
    setLooking(null)
  }
  if (asked.length === 0 && view.reports.length === 0) return null
  return (
    <section className="waiting" aria-label={t("waiting.label")} role="status">
      {asked.map((each) => (
        <Notice
          key={`${each.as} ${each.user}`}
          icon="key"
          action={
            isCoordinator &&
            each.user !== me.id && (
              <Button
                onPress={() => {
                  setLooking(each.user)
                }}
              >
                {t(each.as === "reset" ? "waiting.checkReset" : "waiting.check")}
              </Button>
            )
          }
        >
          {each.user === me.id ? (
            t("waiting.resetMine")
          ) : (
            <Marked text={t(`waiting.${each.as}`, { name: nameOf(each.user) })} />
          )}
        </Notice>
      ))}
      {view.reports.map(({ committer, reporters, reason }) => (
        <Notice key={`${committer} ${reason} ${reporters.join()}`}>
          <Marked text={t("waiting.report", { count: reporters.length, name: nameOf(committer) })} />{" "}
          {t("waiting.reportTodo")}{" "}
          <span className="soft">
            {t("waiting.reportBy", { names: new Intl.ListFormat(i18n.language).format(reporters.map(nameOf)) })}
          </span>
        </Notice>
      ))}
      <Dialog
        title={
          lookedAt === undefined
            ? ""
            : t(lookedAt.as === "reset" ? "waiting.resetTitle" : "waiting.admissionTitle", {
                name: nameOf(lookedAt.user),
              })
        }
        isOpen={lookedAt !== undefined}
        onClose={close}
      >
        {lookedAt && (
          <Admitting
            // Other keys are another decision: what was ticked was ticked of the digits that were shown.
            key={lookedAt.safety.digits.join(" ")}
            person={lookedAt}
            name={nameOf(lookedAt.user)}
            isReset={lookedAt.as === "reset"}
            confirm={() =>
              lookedAt.as === "reset" ? circle.confirmReset(lookedAt.user) : circle.admit(lookedAt.user)
            }
            onClose={close}
          />
        )}
      </Dialog>
    </section>
  )
}
