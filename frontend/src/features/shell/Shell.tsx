/** The frame of every screen: the rail at the desk, tabs below on a phone, and none inside a circle. */
import "./shell.css"
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import { Outlet, useLocation } from "react-router"
import { Icon, Mark, type IconName } from "../../ui/Icon.tsx"
import { useMe } from "../auth/me.ts"
import { NewDevices } from "../auth/NewDevices.tsx"
import { useCordee, useObserved } from "../cordee.ts"
import { AccountButton } from "./AccountButton.tsx"
import { paths } from "./paths.ts"
import { useRegionKeys } from "./regions.ts"

export function Shell() {
  const { pathname } = useLocation()
  useRegionKeys()
  const insideCircle = pathname.startsWith(`${paths.circles}/`)
  return (
    <div className={insideCircle ? "shell shell-inside" : "shell"}>
      <Rail />
      <div className="shell-main">
        <NewDevices />
        <Outlet />
      </div>
      {!insideCircle && <Tabs />}
    </div>
  )
}

function Rail() {
  const { t } = useTranslation()
  const attests = useMe().abilities.includes("attest")
  return (
    <nav className="rail" aria-label={t("nav.main")}>
      <AriaLink href={paths.circles} className="rail-mark" aria-label={t("nav.home")}>
        <Mark size={38} />
      </AriaLink>
      <NavItem className="rail-item" href={paths.circles} icon="circles" label={t("nav.circles")} counts />
      <div className="rail-end">
        {attests && <NavItem className="rail-item" href={paths.attest} icon="shield" label={t("nav.attest")} />}
        <NavItem className="rail-item" href={paths.security} icon="key" label={t("nav.security")} />
        <AccountButton />
      </div>
    </nav>
  )
}

function Tabs() {
  const { t } = useTranslation()
  const attests = useMe().abilities.includes("attest")
  return (
    <nav className="tabs" aria-label={t("nav.main")}>
      <NavItem className="tab" href={paths.circles} icon="circles" label={t("nav.circles")} counts />
      {attests && <NavItem className="tab" href={paths.attest} icon="shield" label={t("nav.attest")} />}
      <NavItem className="tab" href={paths.security} icon="key" label={t("nav.security")} />
    </nav>
  )
}

interface NavItemProps {
  className: string
  href: string
  icon: IconName
  label: string
  counts?: boolean
}

function NavItem({ className, href, icon, label, counts = false }: NavItemProps) {
  const { pathname } = useLocation()
  const here = pathname === href || pathname.startsWith(`${href}/`)
  return (
    <AriaLink href={href} className={className} {...(here && { "aria-current": "page" as const })}>
      <Icon name={icon} />
      {label}
      {counts && <WaitingCount />}
    </AriaLink>
  )
}

/** Circles with something new and invitations without an answer. */
function WaitingCount() {
  const { t } = useTranslation()
  const cordee = useCordee()
  const circles = useObserved(cordee.circles) ?? []
  const invitations = useObserved(cordee.invitations) ?? []
  const waiting =
    invitations.length + circles.filter((circle) => circle.unread > 0 || circle.composer === "refused").length
  if (waiting === 0) return null
  return (
    <span className="nav-count">
      {waiting}
      <span className="unseen"> {t("nav.waiting", { count: waiting })}</span>
    </span>
  )
}
