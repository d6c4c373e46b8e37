/** What became of a message of mine: on its way, waiting, failed with a way on, delivered and read by whom. */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from "react-aria-components"
import type { Circle, MessageId, Person, Sending, UserId } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { CordeeError } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { listedName } from "../directory/professional.ts"
import { Progress } from "../files/Progress.tsx"

interface MessageFateProps {
  message: MessageId
  sending: Sending
  people: ReadonlyMap<UserId, Person>
  circle: Circle
}

export function MessageFate({ message, sending, people, circle }: MessageFateProps) {
  const { t } = useTranslation(["chat", "files"])
  const words = useErrorWords()
  switch (sending.state) {
    case "sending":
      return (
        <p className="message-fate">
          <Icon name="send" small />
          {t("fate.sending")}
        </p>
      )
    case "waiting":
      return (
        <p className="message-fate">
          <Icon name="clock" small />
          {t("fate.waiting")}
        </p>
      )
    case "uploading":
      return (
        <div className="message-fate">
          <Progress label={t("files:uploading")} part={sending.done / sending.total} />
          <Button
            onPress={() => {
              void circle.discard(message)
            }}
          >
            {t("files:stop")}
          </Button>
        </div>
      )
    case "failed":
      return (
        <div className="message-fate">
          <span className="message-fate-failed line">
            <Icon name="triangle" small />
            {t("fate.failed")}
          </span>
          <span>{words(new CordeeError(sending.code))}</span>
          <Button
            icon="retry"
            onPress={() => {
              void circle.retry(message)
            }}
          >
            {t("fate.retry")}
          </Button>
          <Button
            onPress={() => {
              void circle.discard(message)
            }}
          >
            {t("fate.discard")}
          </Button>
        </div>
      )
    case "sent":
      return <Receipts delivered={sending.delivered} read={sending.read} people={people} />
  }
}

function Receipts({
  delivered,
  read,
  people,
}: {
  delivered: readonly UserId[]
  read: readonly UserId[]
  people: ReadonlyMap<UserId, Person>
}) {
  const { t } = useTranslation("chat")
  const deliveredOnly = delivered.filter((user) => !read.includes(user))
  const reached = deliveredOnly.length + read.length
  if (reached === 0) {
    return (
      <p className="message-fate">
        <Icon name="check" small />
        {t("fate.sent")}
      </p>
    )
  }
  return (
    <div className="message-fate">
      <DialogTrigger>
        <AriaButton className="receipts-button">
          <Icon name="check-double" small />
          {t("fate.delivered", { count: reached })}
          {read.length > 0 && `, ${t("fate.read", { count: read.length })}`}
        </AriaButton>
        <Popover className="popover" placement="top start">
          <Dialog className="receipts" aria-label={t("fate.who")}>
            <Names title={t("fate.readBy")} users={read} people={people} />
            <Names title={t("fate.deliveredTo")} users={deliveredOnly} people={people} />
            <p className="mini faint">{t("fate.note")}</p>
          </Dialog>
        </Popover>
      </DialogTrigger>
    </div>
  )
}

function Names({
  title,
  users,
  people,
}: {
  title: string
  users: readonly UserId[]
  people: ReadonlyMap<UserId, Person>
}) {
  const { t } = useTranslation("chat")
  if (users.length === 0) return null
  return (
    <div>
      <h3>{title}</h3>
      <ul>
        {users.map((user) => {
          const person = people.get(user)
          return (
            <li key={user}>
              {person === undefined ? t("someone") : `${listedName(person)}, ${person.profession.label}`}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
