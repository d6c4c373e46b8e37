/** The ways to every place: the rail at the desk, tabs below on a phone. */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Link as AriaLink, Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components"
import { useLocation } from "react-router"
import { Icon, Mark } from "../../ui/Icon.tsx"
import { useMe } from "../auth/me.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { useWaitingCircles } from "../reaching/attention.ts"
import { AccountButton } from "./AccountButton.tsx"
import { paths } from "./paths.ts"
import { isAt, placesOf, type Place } from "./places.ts"

export function Rail() {
  const { t } = useTranslation()
  const { daily, further } = placesOf(useMe(), useLocation().pathname)
  return (
    <nav className="rail" aria-label={t("nav.main")}>
      <AriaLink href={paths.circles} className="rail-mark" aria-label={t("nav.home")}>
        <Mark size={38} />
      </AriaLink>
      {daily.map((place) => (
        <PlaceLink key={place.path} className="rail-item" place={place} />
      ))}
      <div className="rail-end">
        {further.map((place) => (
          <PlaceLink key={place.path} className="rail-item" place={place} />
        ))}
        <AccountButton />
      </div>
    </nav>
  )
}

export function Tabs() {
  const { t } = useTranslation()
  const { daily, further } = placesOf(useMe(), useLocation().pathname)
  return (
    <nav className="tabs" aria-label={t("nav.main")}>
      {daily.map((place) => (
        <PlaceLink key={place.path} className="tab" place={place} />
      ))}
      <More places={further} />
    </nav>
  )
}

function More({ places }: { places: readonly Place[] }) {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  const here = places.some((place) => isAt(pathname, place))
  return (
    <MenuTrigger>
      <AriaButton className="tab" {...(here && { "aria-current": "page" as const })}>
        <Icon name="more" />
        {t("nav.more")}
      </AriaButton>
      <Popover className="popover" placement="top end">
        <Menu className="menu" aria-label={t("nav.more")}>
          {places.map((place) => (
            <MenuItem key={place.path} href={place.path} className="menu-item place-item">
              <Icon name={place.icon} />
              {t(`nav.${place.words}`)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function PlaceLink({ className, place }: { className: string; place: Place }) {
  const { t } = useTranslation()
  const { pathname } = useLocation()
  return (
    <AriaLink
      href={place.path}
      className={className}
      {...(isAt(pathname, place) && { "aria-current": "page" as const })}
    >
      <Icon name={place.icon} />
      {t(`nav.${place.words}`)}
      {place.counts === "circles" && <WaitingCount />}
      {place.counts === "notices" && <NoticeCount />}
    </AriaLink>
  )
}

function NoticeCount() {
  const { t } = useTranslation("reaching")
  const unseen = useObserved(useCordee().notices)?.unseen ?? 0
  if (unseen === 0) return null
  return (
    <span className="nav-count">
      {unseen > 99 ? "99+" : unseen}
      <span className="unseen"> {t("notices.unseen", { count: unseen })}</span>
    </span>
  )
}

function WaitingCount() {
  const { t } = useTranslation()
  const waiting = useWaitingCircles()
  if (waiting === 0) return null
  return (
    <span className="nav-count">
      {waiting}
      <span className="unseen"> {t("nav.waiting", { count: waiting })}</span>
    </span>
  )
}
