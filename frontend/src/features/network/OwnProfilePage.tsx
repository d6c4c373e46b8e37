/** My own profile: what the directory says of me, and what I say myself. */
import "../auth/security.css"
import "./network.css"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { useErrorWords } from "../../locales/errors.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { useTitle } from "../shell/title.ts"
import { ProfileForm } from "./ProfileForm.tsx"
import { AbsenceNotice, Situations } from "./ProfileParts.tsx"

export function OwnProfilePage() {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({
    queryKey: ["network", "profile", "mine"],
    queryFn: () => network.profile(),
  })
  useTitle(t("own.title"))
  return (
    <main className="screen security network">
      <h1 className="security-title">{t("own.title")}</h1>
      {isPending && (
        <p className="small faint" role="status">
          {t("searching")}
        </p>
      )}
      <Problem words={error === null ? null : words(error)} />
      {data && (
        <>
          <p className="network-note">{t("own.note", { name: fullName(data) })}</p>
          <AbsenceNotice whose={data} />
          <Situations profile={data} />
          <ProfileForm profile={data} />
        </>
      )}
    </main>
  )
}
