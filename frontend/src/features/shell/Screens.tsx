/** Which screen stands at which address, once this device is ready. */
import { Navigate, Route, Routes } from "react-router"
import { AccessPage } from "../access/AccessPage.tsx"
import { useMe } from "../auth/me.ts"
import { SecurityPage } from "../auth/SecurityPage.tsx"
import { CirclePage } from "../chat/CirclePage.tsx"
import { CirclesPage } from "../circles/CirclesPage.tsx"
import { OpenCirclePage } from "../circles/OpenCirclePage.tsx"
import { InvitePage } from "../directory/InvitePage.tsx"
import { ExportsPage } from "../exports/ExportsPage.tsx"
import { FindingsPage } from "../findings/FindingsPage.tsx"
import { HoldsPage } from "../holds/HoldsPage.tsx"
import { InvitationsPage } from "../invitations/InvitationsPage.tsx"
import { NetworkPage } from "../network/NetworkPage.tsx"
import { OwnProfilePage } from "../network/OwnProfilePage.tsx"
import { PersonPage } from "../network/PersonPage.tsx"
import { StructurePage } from "../network/StructurePage.tsx"
import { BrokenGlassPage } from "../identity/BrokenGlassPage.tsx"
import { FindPatientPage } from "../identity/FindPatientPage.tsx"
import { IdentityPage } from "../identity/IdentityPage.tsx"
import { TimelinePage } from "../places/TimelinePage.tsx"
import { NoticesPage } from "../reaching/NoticesPage.tsx"
import { RegistrarPage } from "../registrar/RegistrarPage.tsx"
import { TeamPage } from "../team/TeamPage.tsx"
import { AdministrationPage } from "../structure/AdministrationPage.tsx"
import { CircleTrailPage } from "../trail/CircleTrailPage.tsx"
import { JournalPage } from "../trail/JournalPage.tsx"
import { TrailLayout } from "../trail/TrailLayout.tsx"
import { paths } from "./paths.ts"
import { Shell } from "./Shell.tsx"

export function Screens() {
  const { abilities } = useMe()
  const attests = abilities.includes("attest")
  const reviews = abilities.includes("review")
  const answersFor = abilities.includes("administer") || reviews
  return (
    <Routes>
      <Route element={<Shell />}>
        <Route path={paths.circles} element={<CirclesPage />} />
        <Route path={paths.openCircle} element={<OpenCirclePage />} />
        <Route path="/cercles/:circle" element={<CirclePage />} />
        <Route path="/cercles/:circle/inviter" element={<InvitePage />} />
        <Route path="/cercles/:circle/chronologie" element={<TimelinePage />} />
        <Route path="/cercles/:circle/journal" element={<CircleTrailPage />} />
        <Route path={paths.invitations} element={<InvitationsPage />} />
        <Route path="/cercles/:circle/equipe" element={<TeamPage />} />
        <Route path={paths.network} element={<NetworkPage />} />
        <Route path="/reseau/personnes/:practitioner" element={<PersonPage />} />
        <Route path="/reseau/structures/:structure" element={<StructurePage />} />
        <Route path={paths.profile} element={<OwnProfilePage />} />
        <Route path="/cercles/:circle/identite" element={<IdentityPage />} />
        <Route path={paths.patients} element={<FindPatientPage />} />
        <Route path="/patients/:access" element={<BrokenGlassPage />} />
        <Route path={paths.notices} element={<NoticesPage />} />
        <Route path={paths.security} element={<SecurityPage />} />
        {answersFor && <Route path={paths.structure} element={<AdministrationPage />} />}
        {reviews && (
          <Route path={paths.journal} element={<TrailLayout />}>
            <Route index element={<JournalPage />} />
            <Route path="acces" element={<AccessPage />} />
            <Route path="ecarts" element={<FindingsPage />} />
            <Route path="exports" element={<ExportsPage />} />
            <Route path="conservation" element={<HoldsPage />} />
          </Route>
        )}
        {attests && <Route path={paths.attest} element={<RegistrarPage />} />}
        <Route path="*" element={<Navigate to={paths.circles} replace />} />
      </Route>
    </Routes>
  )
}
