/** What opens my vault: the recovery code, passkeys, and each device of mine. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { NamedUnlocker } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Icon, type IconName } from "../../ui/Icon.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { LossDialog } from "./LossDialog.tsx"
import { Problem } from "./Problem.tsx"

const icons: Readonly<Record<NamedUnlocker["kind"], IconName>> = { recovery: "file", passkey: "key", device: "screen" }

export function Unlockers() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error } = useQuery({ queryKey: ["unlockers"], queryFn: () => cordee.unlockers() })
  const [asked, setAsked] = useState<"renew" | "seen" | null>(null)
  const close = () => {
    setAsked(null)
  }
  return (
    <section className="card" aria-labelledby="unlockers">
      <h2 id="unlockers">{t("unlockers.title")}</h2>
      <p className="small soft">{t("unlockers.note")}</p>
      <Problem words={error === null ? null : words(error)} />
      <ul aria-label={t("unlockers.title")}>
        {data?.map(({ id, kind, name }) => (
          <li key={`${kind} ${id}`} className="possession">
            <Icon name={icons[kind]} />
            <div>
              <p className="name possession-name">{name ?? t(`unlockers.kind.${kind}`)}</p>
              <p className="small soft">{t(`unlockers.how.${kind}`)}</p>
            </div>
          </li>
        ))}
      </ul>
      <AddPasskey />
      <div className="line">
        <Button
          onPress={() => {
            setAsked("renew")
          }}
        >
          {t("unlockers.renew")}
        </Button>
        <Button
          onPress={() => {
            setAsked("seen")
          }}
        >
          {t("unlockers.seen")}
        </Button>
      </div>
      <Dialog title={t("unlockers.renewTitle")} role="alertdialog" isOpen={asked === "renew"} onClose={close}>
        <Renewing onClose={close} />
      </Dialog>
      <LossDialog lost={asked === "seen" ? null : undefined} onClose={close} />
    </section>
  )
}

/** Any passkey of mine, also one that could only sign in so far. */
function AddPasskey() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const queries = useQueryClient()
  const act = useAct()
  return (
    <>
      <Problem words={act.problem} />
      <div>
        <Button
          icon="key"
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              await cordee.addPasskeyUnlock()
              await queries.invalidateQueries({ queryKey: ["unlockers"] })
              toast(t("unlockers.added"))
            })
          }}
        >
          {t("unlockers.addPasskey")}
        </Button>
      </div>
    </>
  )
}

function Renewing({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useAct()
  return (
    <>
      <p>{t("unlockers.renewNote")}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("deviceActs.cancel")}</Button>
        <Button
          variant="primary"
          isPending={act.running}
          onPress={() => {
            act.run(() => cordee.renewRecoveryCode())
          }}
        >
          {t("unlockers.renew")}
        </Button>
      </div>
    </>
  )
}
