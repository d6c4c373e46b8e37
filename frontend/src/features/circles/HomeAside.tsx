/** Beside the home: what this person can do now, and how their own access stands. */
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import { useQuery } from "@tanstack/react-query"
import type { Invitation } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon, type IconName } from "../../ui/Icon.tsx"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { fullTitle } from "./circleTitle.ts"
import { useCircles } from "./useCircles.ts"

export function HomeAside({ onInvitation }: { onInvitation: (invitation: Invitation) => void }) {
  const { t } = useTranslation("circles")
  const { circles, invitations } = useCircles()
  const dates = useDates()
  const refused = circles?.filter((circle) => circle.composer === "refused") ?? []
  const unsent = circles?.filter((circle) => circle.unsent > 0 && circle.composer !== "refused") ?? []
  const provisional =
    circles?.filter(
      ({ row }) => row.role === "coordinator" && row.state === "open" && row.patient?.identity_status === "provisional",
    ) ?? []
  const nothing = refused.length + unsent.length + provisional.length + invitations.length === 0

  return (
    <aside className="home-aside" aria-label={t("aside.label")}>
      <section>
        <h2>{t("aside.todo")}</h2>
        {nothing && <p className="small soft">{t("aside.nothing")}</p>}
        {refused.map(({ row }) => (
          <Task
            key={row.id}
            icon="shield-cross"
            title={t("aside.refused", { name: fullTitle(row) })}
            text={t("aside.refusedNote")}
          >
            <AriaLink className="text-link" href={paths.circle(row.id)}>
              {t("aside.openCircle")}
            </AriaLink>
          </Task>
        ))}
        {invitations.map((invitation) => (
          <Task
            key={invitation.id}
            icon="door"
            title={t("aside.invitation", { name: fullTitle(invitation) })}
            text={
              invitation.admission === "asked"
                ? t("invitation.asked")
                : t("aside.invitationNote", {
                    inviter: invitation.inviter.name,
                    date: dates.numeric(invitation.expires),
                  })
            }
          >
            {invitation.admission !== "asked" && (
              <Button
                variant="quiet"
                onPress={() => {
                  onInvitation(invitation)
                }}
              >
                {t("aside.answer")}
              </Button>
            )}
          </Task>
        ))}
        {unsent.map(({ row, unsent: count }) => (
          <Task
            key={row.id}
            icon="clock"
            title={t("aside.unsent", { count, name: fullTitle(row) })}
            text={t("aside.unsentNote")}
          >
            <AriaLink className="text-link" href={paths.circle(row.id)}>
              {t("aside.openCircle")}
            </AriaLink>
          </Task>
        ))}
        {provisional.map(({ row }) => (
          <Task
            key={row.id}
            icon="people"
            title={t("aside.provisional", { name: fullTitle(row) })}
            text={t("aside.provisionalNote")}
          />
        ))}
      </section>
      <MyAccess />
    </aside>
  )
}

function Task({ icon, title, text, children }: { icon: IconName; title: string; text: string; children?: ReactNode }) {
  return (
    <div className="task">
      <Icon name={icon} />
      <div>
        <p>
          <b>{title}</b>
        </p>
        <p className="soft">{text}</p>
        {children}
      </div>
    </div>
  )
}

function MyAccess() {
  const { t } = useTranslation("circles")
  const cordee = useCordee()
  const { data } = useQuery({ queryKey: ["devices"], queryFn: () => cordee.devices() })
  const live = data?.filter((device) => device.ended === null).length
  return (
    <section className="home-access">
      <h2 className="line">
        <Icon name="shield" />
        {t("aside.access")}
      </h2>
      <p className="small soft">
        {live !== undefined && `${t("aside.devices", { count: live })} `}
        {t("aside.recovery")}
      </p>
    </section>
  )
}
