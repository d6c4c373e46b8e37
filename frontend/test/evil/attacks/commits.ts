/** Commits of members who want to stop a circle. */
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import type { Attack, Outcome } from "../attack.ts"
import type { Json } from "../middle.ts"
import { accepted, invited, shows, signerOf, texts, until, type Stage } from "../stage.ts"

export const COMMIT_ATTACKS: readonly Attack[] = [
  {
    name: "commit-nobody-can-process",
    by: "member",
    what: "A member's commit passes every check of the server, but its membership tag is wrong: no device can follow it.",
    expected: "reported, and all are back",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers, his, victim } = await stage.company()
      const third = await stage.first()
      await invited(hers, third.account)
      await accepted(third)
      await until(his.view, ({ readers }) => readers?.people === 3, "three readers")
      // What makes it commit: it takes away another device of its own.
      const { device } = await signerOf(await stage.further(third))
      await until(hers.view, ({ readers }) => readers?.devices === 4, "the phone")
      third.middle.hands.up = (frame) => {
        if (frame["t"] !== "commit") return [frame]
        const commit = fromBase64(String(frame["commit"]))
        commit[commit.length - 1] = (commit.at(-1) ?? 0) ^ 1
        return [{ ...frame, commit: toBase64(commit) }]
      }
      await third.cordee.revokeDevice(device)
      const reported = await Promise.all(
        [coordinator, victim].map(({ middle }) =>
          until(
            { get: () => middle.heard, subscribe: (changed) => poll(changed) },
            (heard) => heard.some((each) => (JSON.parse(each) as Json)["t"] === "report"),
            "a report",
          ),
        ),
      )
      third.middle.behave()
      await until(hers.view, ({ composer }) => composer.state === "open", "the coordinator back")
      await until(his.view, ({ composer }) => composer.state === "open", "the victim back")
      await his.send("bergeronnette")
      await shows(hers, "bergeronnette")
      // What was read before it came in again is history now, and still there.
      await until(his.view, () => texts(his).slice(0, 2).join() === "un,deux", "what was read before")
      return {
        told: reported.length === 2 ? "reported, and all are back" : "not reported",
        kept: texts(his).join() === "un,deux,bergeronnette",
        readable: false,
      }
    },
  },
]

function poll(changed: () => void): () => void {
  const timer = setInterval(changed, 100)
  return () => {
    clearInterval(timer)
  }
}
