/** Why an act did not succeed, at the place where it was asked for. */
import { Notice } from "../../ui/Notice.tsx"

export function Problem({ words }: { words: string | null }) {
  if (words === null) return null
  return (
    <Notice tone="urgent" role="alert">
      {words}
    </Notice>
  )
}
