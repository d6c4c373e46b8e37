/** Who wrote last in a circle, and how it begins. */
import { useTranslation } from "react-i18next"
import type { CircleSummary } from "../../core/index.ts"
import { withBoundPunctuation } from "../../locales/punctuation.ts"
import { useCircle, useObserved } from "../cordee.ts"
import { briefName } from "../directory/professional.ts"

export function LastMessage({ circle: { row, last } }: { circle: CircleSummary }) {
  const { t } = useTranslation(["circles", "files"])
  const { people } = useObserved(useCircle(row.id).view)
  if (last === null) return <span className="faint">{t("row.empty")}</span>
  const author = people.get(last.author)
  return (
    <>
      <b>
        {last.mine
          ? t("row.you")
          : author === undefined
            ? t("row.someone")
            : t("row.author", { name: briefName(author), profession: author.profession.label.toLocaleLowerCase() })}
      </b>{" "}
      {last.text === "" ? t("files:only") : withBoundPunctuation(last.text)}
    </>
  )
}
