/** The programs that have access for an organisation: given, renewed and ended by its administrators. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { OrganisationId, SystemRow, SystemSecret } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Problem } from "../auth/Problem.tsx"
import { Confirm } from "../Confirm.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { AddSystem } from "./AddSystem.tsx"
import { RenewSecret } from "./RenewSecret.tsx"
import { SecretShown } from "./SecretShown.tsx"

type Asked =
  | { readonly what: "add" }
  | { readonly what: "renew" | "end"; readonly system: SystemRow }
  | { readonly what: "secret"; readonly secret: SystemSecret }

export function Systems({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("careteam")
  const cordee = useCordee()
  const words = useErrorWords()
  const [asked, setAsked] = useState<Asked | null>(null)
  const { data, error, refetch } = useQuery({
    queryKey: ["systems", organisation],
    queryFn: () => cordee.careTeams.systems(organisation),
  })
  const close = () => {
    setAsked(null)
  }
  const made = (secret: SystemSecret) => {
    setAsked({ what: "secret", secret })
    void refetch()
  }
  const about = asked !== null && "system" in asked ? asked.system : null

  return (
    <>
      <h3>{t("systems.title")}</h3>
      <p className="small soft">{t("systems.note")}</p>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p className="small soft">{t("systems.none")}</p>}
      <ul aria-label={t("systems.list")}>
        {data?.map((system) => (
          <Row key={system.id} system={system} ask={setAsked} />
        ))}
      </ul>
      <div>
        <Button
          icon="plus"
          onPress={() => {
            setAsked({ what: "add" })
          }}
        >
          {t("systems.add")}
        </Button>
      </div>
      <Dialog title={t("systems.addTitle")} isOpen={asked?.what === "add"} onClose={close}>
        <AddSystem organisation={organisation} onClose={close} onMade={made} />
      </Dialog>
      <Dialog
        title={t("systems.renewQuestion", { name: about?.name ?? "" })}
        role="alertdialog"
        isOpen={asked?.what === "renew"}
        onClose={close}
      >
        {about && <RenewSecret organisation={organisation} system={about} onClose={close} onMade={made} />}
      </Dialog>
      <Dialog title={t("systems.secretTitle")} role="alertdialog" isOpen={asked?.what === "secret"} onClose={close}>
        {asked?.what === "secret" && <SecretShown secret={asked.secret} onClose={close} />}
      </Dialog>
      <Confirm
        title={t("systems.endQuestion", { name: about?.name ?? "" })}
        isOpen={asked?.what === "end"}
        submit={t("systems.end")}
        cancel={t("cancel")}
        done={t("systems.endDone")}
        isDangerous
        act={async () => {
          if (about === null) return
          await cordee.careTeams.endSystem(organisation, about.id)
          await refetch()
        }}
        onClose={close}
      >
        <p>{t("systems.endConsequence")}</p>
      </Confirm>
    </>
  )
}

function Row({ system, ask }: { system: SystemRow; ask: (asked: Asked) => void }) {
  const { t } = useTranslation("careteam")
  const dates = useDates()
  const { name, client_id, coordinator, created, ended } = system
  return (
    <li className="possession">
      <Icon name="key" />
      <div>
        <p className="name possession-name">{name}</p>
        <p className="small soft">
          {ended === null
            ? t("systems.since", { date: dates.numeric(created) })
            : t("systems.ended", { date: dates.numeric(ended) })}
          {coordinator && `, ${t("systems.coordinator", { name: fullName(coordinator) })}`}
        </p>
        <p className="small soft code">{t("systems.client", { id: client_id })}</p>
      </div>
      {ended === null && (
        <div className="possession-acts">
          <Button
            aria-label={t("systems.renewOf", { name })}
            onPress={() => {
              ask({ what: "renew", system })
            }}
          >
            {t("systems.renew")}
          </Button>
          <Button
            variant="danger-outline"
            aria-label={t("systems.endOf", { name })}
            onPress={() => {
              ask({ what: "end", system })
            }}
          >
            {t("systems.end")}
          </Button>
        </div>
      )}
    </li>
  )
}
