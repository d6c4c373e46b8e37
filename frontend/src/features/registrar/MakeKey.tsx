/** The organisation has no key yet: whoever makes it holds it, and signs with it. */
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import type { OrganisationId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { toast } from "../../ui/toasts.ts"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useProvenAct } from "../auth/provenAct.ts"
import { useCordee } from "../cordee.ts"

export function MakeKey({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("registrar")
  const cordee = useCordee()
  const queries = useQueryClient()
  const act = useProvenAct()
  if (act.proving) return <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
  return (
    <>
      <p>{t("key.none")}</p>
      <p className="small soft">{t("key.note")}</p>
      <Problem words={act.problem} />
      <div>
        <Button
          variant="primary"
          icon="key"
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              await cordee.makeSteward(organisation)
              await queries.invalidateQueries({ queryKey: ["organisation", organisation] })
              toast(t("key.made"))
            })
          }}
        >
          {t("key.make")}
        </Button>
      </div>
    </>
  )
}
