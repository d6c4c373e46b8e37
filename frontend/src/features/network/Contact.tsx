/** What somebody is to me, in a chip, and what I may do about it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useNavigate } from "react-router"
import { useQueryClient } from "@tanstack/react-query"
import type { ContactState, UserId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import type { IconName } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Confirm } from "../Confirm.tsx"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"

/** As long as the server takes. */
const MESSAGE_LENGTH = 200

export interface Somebody {
  readonly user: UserId
  /** `Mme Sophie LANDRIN` */
  readonly name: string
}

export function ContactChip({ state }: { state: ContactState }) {
  const { t } = useTranslation("network")
  switch (state) {
    case "accepted":
      return (
        <Chip tone="sure" icon="check">
          {t("state.accepted")}
        </Chip>
      )
    case "asked_me":
      return (
        <Chip tone="action" icon="people">
          {t("state.asked_me")}
        </Chip>
      )
    case "asked_by_me":
    case "refused":
    case "self":
      return <Chip {...(state === "asked_by_me" && { icon: "clock" })}>{t(`state.${state}`)}</Chip>
    case "blocked":
      return <Chip icon="cross">{t("state.blocked")}</Chip>
    case "none":
      return null
  }
}

type Asked = "ask" | "end" | "block"

/** Buttons for this person; the state that the server gave says which. */
export function ContactActs({ of, state }: { of: Somebody; state: ContactState }) {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const { problem, run, running } = useAct()
  const changed = useNetworkChanged()
  const [asking, setAsking] = useState<Asked | null>(null)
  const { name, user } = of
  const stop = () => {
    setAsking(null)
  }
  const button = (act: Asked, icon: IconName) => (
    <Button
      icon={icon}
      aria-label={t(`act.${act}Of`, { name })}
      onPress={() => {
        setAsking(act)
      }}
    >
      {t(`act.${act}`)}
    </Button>
  )
  const now = (act: "accept" | "refuse" | "unblock", does: (user: UserId) => Promise<void>) => (
    <Button
      variant={act === "accept" ? "primary" : "plain"}
      isPending={running}
      aria-label={t(`act.${act}Of`, { name })}
      onPress={() => {
        run(async () => {
          await does(user)
          await changed()
          toast(t(`done.${act}`, { name }))
        })
      }}
    >
      {t(`act.${act}`)}
    </Button>
  )
  if (state === "self") return null
  return (
    <>
      <div className="contact-acts">
        {state === "accepted" && <WriteButton of={of} />}
        {state === "none" && button("ask", "plus")}
        {state === "asked_me" && (
          <>
            {now("accept", network.acceptContact)}
            {now("refuse", network.refuseContact)}
          </>
        )}
        {(state === "accepted" || state === "asked_by_me") && button("end", "cross")}
        {state === "blocked" ? now("unblock", network.unblock) : button("block", "shield-cross")}
      </div>
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
      <AskDialog of={of} isOpen={asking === "ask"} onClose={stop} />
      <Confirm
        title={t(state === "asked_by_me" ? "end.titleAsked" : "end.title", { name })}
        submit={t("act.end")}
        cancel={t("back")}
        done={t("done.end", { name })}
        act={() => network.endContact(user).then(changed)}
        isOpen={asking === "end"}
        onClose={stop}
      >
        <p>{t("end.consequence")}</p>
      </Confirm>
      <Confirm
        title={t("block.title", { name })}
        submit={t("act.block")}
        cancel={t("back")}
        done={t("done.block", { name })}
        act={() => network.block(user).then(changed)}
        isDangerous
        isOpen={asking === "block"}
        onClose={stop}
      >
        <p>{t("block.consequence")}</p>
        <p className="small soft">{t("block.circles")}</p>
      </Confirm>
    </>
  )
}

/** Opens the direct exchange with a contact, or goes to the one that there is. */
export function WriteButton({ of: { name, user } }: { of: Somebody }) {
  const { t } = useTranslation("network")
  const cordee = useCordee()
  const navigate = useNavigate()
  const { problem, run, running } = useAct()
  return (
    <>
      <Button
        icon="message"
        isPending={running}
        aria-label={t("exchange.openOf", { name })}
        onPress={() => {
          run(async () => {
            const id = await cordee.openExchange(user)
            await navigate(paths.circle(id))
          })
        }}
      >
        {t("exchange.open")}
      </Button>
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
    </>
  )
}

function AskDialog({ of, isOpen, onClose }: { of: Somebody; isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation("network")
  return (
    <Dialog title={t("ask.title", { name: of.name })} isOpen={isOpen} onClose={onClose}>
      <Question of={of} onClose={onClose} />
    </Dialog>
  )
}

function Question({ of: { name, user }, onClose }: { of: Somebody; onClose: () => void }) {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const { problem, run, running } = useAct()
  const changed = useNetworkChanged()
  const [message, setMessage] = useState("")
  return (
    <form
      className="network-form"
      onSubmit={(event) => {
        event.preventDefault()
        run(async () => {
          await network.askContact(user, message.trim())
          await changed()
          onClose()
          toast(t("done.ask", { name }))
        })
      }}
    >
      <p>{t("ask.consequence")}</p>
      <Field
        label={t("ask.message")}
        help={t("ask.help")}
        value={message}
        onChange={setMessage}
        maxLength={MESSAGE_LENGTH}
        autoFocus
      />
      {problem !== null && (
        <Notice tone="urgent" role="alert">
          {problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("back")}</Button>
        <Button type="submit" variant="primary" isPending={running}>
          {t("ask.submit")}
        </Button>
      </div>
    </form>
  )
}

/** After an act everything that the network's screens asked for is asked for again. */
export function useNetworkChanged(): () => Promise<void> {
  const queries = useQueryClient()
  return () => queries.invalidateQueries({ queryKey: ["network"] })
}
