/**
 * Every refusal in words: what happened and what to do. A code without words of its own still gets a whole sentence.
 */
import { useTranslation } from "react-i18next"
import { codeOf } from "../core/index.ts"
import errors from "./fr/common.json"

type Known = keyof (typeof errors)["errors"]

function isKnown(code: string): code is Known {
  return Object.hasOwn(errors.errors, code)
}

export function useErrorWords(): (error: unknown) => string {
  const { t } = useTranslation()
  return (error) => {
    const code = codeOf(error)
    return t(`errors.${isKnown(code) ? code : "unknown"}`)
  }
}
