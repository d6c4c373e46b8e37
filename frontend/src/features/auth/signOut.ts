/** The way out: afterwards the address names nothing of what was open, for whoever sits down next. */
import { useNavigate } from "react-router"
import { useErrorWords } from "../../locales/errors.ts"
import { toast } from "../../ui/toasts.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"

export function useSignOut(): () => void {
  const cordee = useCordee()
  const navigate = useNavigate()
  const words = useErrorWords()
  return () => {
    cordee
      .signOut()
      .then(() => navigate(paths.circles, { replace: true }))
      .catch((error: unknown) => {
        toast(words(error))
      })
  }
}
