/** The server gives out other bytes than a file's author has sent. */
import type { Circle } from "../../../src/core/index.ts"
import type { Attack, Outcome } from "../attack.ts"
import { shows, type Stage } from "../stage.ts"

const PLAIN = new Uint8Array(200_000).map((_, at) => at % 251)

/** `times`: how often this file was asked for before. */
type Swap = (whole: Buffer, other: Buffer, times: number) => Buffer

/** Two files are sent; the second is asked for and comes as `swap` makes it of both. */
async function swapped(stage: Stage, swap: Swap): Promise<Outcome> {
  const { hers, his, victim } = await stage.company()
  for (const [name, start] of [
    ["premier.bin", 0],
    ["second.bin", 1],
  ] as const) {
    await hers.send(name, { files: [{ name, blob: new Blob([PLAIN.subarray(start)]) }] })
    await shows(his, name)
  }
  const [first, second] = filesOf(his)
  if (first === undefined || second === undefined) throw new Error("two files were sent")
  let other: Buffer = Buffer.alloc(0)
  let times = 0
  victim.middle.hands.bytes = (path, bytes) => {
    if (path.endsWith(first.file)) other = bytes
    if (!path.endsWith(second.file)) return bytes
    times += 1
    return swap(bytes, other, times - 1)
  }
  await his.openFile(first.message, first.file)
  const told = await his.openFile(second.message, second.file).then(
    () => "opened",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
  victim.middle.behave()
  const honest = await his.openFile(second.message, second.file)
  return {
    told,
    kept: honest.size === PLAIN.length - 1,
    readable: victim.middle.heard.some((each) => each.includes("premier.bin")),
  }
}

function filesOf(circle: Circle) {
  return circle.view
    .get()
    .entries.flatMap((entry) =>
      entry.kind === "message" ? entry.files.map(({ id }) => ({ message: entry.id, file: id })) : [],
    )
}

export const FILE_ATTACKS: readonly Attack[] = [
  {
    name: "swapped-file",
    by: "server",
    what: "Another file of the same circle comes instead of the one in the message.",
    expected: "file_altered",
    run: (stage: Stage): Promise<Outcome> => swapped(stage, (_whole, other) => other),
  },
  {
    name: "cut-file",
    by: "server",
    what: "A file ends before its end.",
    expected: "file_altered",
    run: (stage: Stage): Promise<Outcome> =>
      swapped(stage, (whole, _other, times) => whole.subarray(0, times === 0 ? 65_552 : 0)),
  },
  {
    name: "chunk-of-another",
    by: "server",
    what: "A chunk of another file stands in the place of one.",
    expected: "file_altered",
    run: (stage: Stage): Promise<Outcome> =>
      swapped(stage, (whole, other) =>
        Buffer.concat([whole.subarray(0, 65_552), other.subarray(65_552, 131_104), whole.subarray(131_104)]),
      ),
  },
]
