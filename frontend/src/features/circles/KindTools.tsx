/** Which kind of circle the list shows, and beside it how one begins another of that kind. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { useMe } from "../auth/me.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { shownKinds, type ShownKind } from "./groups.ts"
import { NameCircleDialog } from "./NameCircleDialog.tsx"

interface KindToolsProps {
  kind: ShownKind
  onChange: (kind: ShownKind) => void
}

export function KindTools({ kind, onChange }: KindToolsProps) {
  const { t } = useTranslation("kinds")
  const cordee = useCordee()
  const { organisation } = useMe()
  const [naming, setNaming] = useState(false)
  return (
    <div className="kind-tools">
      <Segmented
        label={t("filter.label")}
        choices={shownKinds.map((value) => ({ value, label: t(`filter.${value}`) }))}
        value={kind}
        onChange={onChange}
      />
      {kind === "team" && organisation !== null && (
        <>
          <Button
            icon="plus"
            onPress={() => {
              setNaming(true)
            }}
          >
            {t("open.team.title")}
          </Button>
          <NameCircleDialog
            form="team"
            of={organisation.name}
            open={(name) => cordee.openTeam(organisation.id, name)}
            isOpen={naming}
            onClose={() => {
              setNaming(false)
            }}
          />
        </>
      )}
      {kind === "direct" && (
        <LinkButton href={paths.network} icon="people">
          {t("filter.findColleague")}
        </LinkButton>
      )}
    </div>
  )
}
