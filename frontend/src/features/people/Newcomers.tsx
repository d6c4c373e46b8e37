/**
 * Asked once after somebody has come in: whether they should read what was written before. Drawn when the first reading
 * of this circle is known: on a new device nobody is a newcomer.
 */
import "./waiting.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleView, Member, UserId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useMe } from "../auth/me.ts"
import { fullName } from "../directory/professional.ts"
import { HistoryDialog } from "./HistoryDialog.tsx"
import { newcomers } from "./newcomers.ts"

export function Newcomers({ circle, view }: { circle: Circle; view: CircleView }) {
  const { t } = useTranslation("people")
  const me = useMe()
  const [readBefore] = useState(view.readUpTo)
  const [answered, setAnswered] = useState<ReadonlySet<UserId>>(new Set())
  const [giving, setGiving] = useState<Member | null>(null)
  if (!view.abilities.includes("grant_history") || view.composer.state !== "open") return null
  const answer = ({ user }: Member) => {
    setAnswered(new Set([...answered, user]))
  }
  const asked = newcomers(view, readBefore).filter(({ user }) => user !== me.id && !answered.has(user))
  return (
    <>
      {asked.length > 0 && (
        <section className="waiting" aria-label={t("history.give")} role="status">
          {asked.map((member) => (
            <Notice
              key={member.user}
              tone="neutral"
              icon="eye"
              action={
                <div className="waiting-acts">
                  <Button
                    onPress={() => {
                      answer(member)
                    }}
                  >
                    {t("history.dismiss")}
                  </Button>
                  <Button
                    onPress={() => {
                      setGiving(member)
                    }}
                  >
                    {t("history.give")}
                  </Button>
                </div>
              }
            >
              <Marked text={t("history.newcomer", { name: fullName(member) })} />
            </Notice>
          ))}
        </section>
      )}
      {giving && (
        <HistoryDialog
          circle={circle}
          member={giving}
          isOpen
          onClose={() => {
            answer(giving)
            setGiving(null)
          }}
        />
      )}
    </>
  )
}
