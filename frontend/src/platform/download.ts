/** The core's download over `fetch`, the browser's or Node's. */
import type { Download } from "../core/platform.ts"

/** Without a byte for so long, the line is taken for dead. */
const STALLED_AFTER = 30_000

/** `get` fetches a path of our own server with these headers. */
export function downloadOver(get: (path: string, init: RequestInit) => Promise<Response>): Download {
  return async (path, from) => {
    const line = new AbortController()
    const watch = watchdog(() => {
      line.abort(new Error("stalled"))
    })
    try {
      const headers: HeadersInit = from === 0 ? {} : { Range: `bytes=${from}-` }
      const answer = await get(path, { headers, signal: line.signal })
      return { status: answer.status, body: parts(answer, watch) }
    } catch (error) {
      watch.stop()
      throw error
    }
  }
}

/** Not all browsers can iterate over a stream by themselves. */
async function* parts({ body }: Response, watch: Watchdog): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader()
  try {
    for (;;) {
      const next = await reader?.read()
      if (next === undefined || next.done) return
      watch.again()
      yield next.value
      watch.again()
    }
  } finally {
    watch.stop()
    await reader?.cancel()
  }
}

interface Watchdog {
  readonly again: () => void
  readonly stop: () => void
}

function watchdog(bark: () => void): Watchdog {
  let timer = setTimeout(bark, STALLED_AFTER)
  return {
    again() {
      clearTimeout(timer)
      timer = setTimeout(bark, STALLED_AFTER)
    },
    stop() {
      clearTimeout(timer)
    },
  }
}
