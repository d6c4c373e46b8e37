/** Who is signed in here, and the way out. */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components"
import { Avatar } from "../../ui/Avatar.tsx"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { useMe } from "../auth/me.ts"
import { useSignOut } from "../auth/signOut.ts"
import { fullName, initialsOf } from "../directory/professional.ts"
import { paths } from "./paths.ts"

export function AccountButton() {
  const { t } = useTranslation()
  const signOut = useSignOut()
  const me = useMe()
  const name = fullName(me)
  const initials = initialsOf(me)
  const label = t("nav.account", { name, initials })
  return (
    <DialogTrigger>
      <AriaButton className="account-button" aria-label={label}>
        <Avatar initials={initials} sector={me.sector} />
      </AriaButton>
      <Popover className="popover account" placement="right bottom">
        <Dialog className="account-inside" aria-label={label}>
          <div>
            <p className="name">{name}</p>
            <p className="small soft">
              {me.profession.label}
              {me.organisation && `, ${me.organisation.name}`}
            </p>
            <p className="mini faint">{me.email}</p>
          </div>
          <LinkButton href={paths.security} icon="key">
            {t("nav.securityAndSettings")}
          </LinkButton>
          <Button icon="leave" onPress={signOut}>
            {t("signOut")}
          </Button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
