/** A page of the network that shows one answer: the way back, the wait, what was refused in words. */
import "../auth/security.css"
import "./network.css"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { useErrorWords } from "../../locales/errors.ts"
import { LinkButton } from "../../ui/Button.tsx"
import { Problem } from "../auth/Problem.tsx"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"

interface AnswerPageProps<T> {
  title: string
  /** What is asked of whom: the answer is kept under it. */
  about: readonly [string, string]
  ask: () => Promise<T>
  children: (answer: T) => ReactNode
}

export function AnswerPage<T>({ title, about, ask, children }: AnswerPageProps<T>) {
  const { t } = useTranslation("network")
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({ queryKey: ["network", ...about], queryFn: ask })
  useTitle(title)
  return (
    <main className="screen security network">
      <LinkButton href={paths.network} icon="left">
        {t("toNetwork")}
      </LinkButton>
      {isPending && (
        <p className="small faint" role="status">
          {t("searching")}
        </p>
      )}
      <Problem words={error === null ? null : words(error)} />
      {data !== undefined && children(data)}
    </main>
  )
}
