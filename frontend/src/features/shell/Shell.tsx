/** The frame of every screen: the rail at the desk, tabs below on a phone, and none inside a circle. */
import "./shell.css"
import { Outlet, useLocation } from "react-router"
import { NewDevices } from "../auth/NewDevices.tsx"
import { useAttention } from "../reaching/attention.ts"
import { Rail, Tabs } from "./Navigation.tsx"
import { paths } from "./paths.ts"
import { useRegionKeys } from "./regions.ts"

export function Shell() {
  const { pathname } = useLocation()
  useRegionKeys()
  useAttention()
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
