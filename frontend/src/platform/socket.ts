/** The core's socket over a WebSocket, the browser's or Node's. */
import type { OpenSocket } from "../core/platform.ts"

/** `connect` makes the WebSocket for a path of our own server. */
export function socketOver(connect: (path: string, subprotocol: string) => WebSocket): OpenSocket {
  return (path, subprotocol, { closed, opened, received }) => {
    const socket = connect(path, subprotocol)
    socket.binaryType = "arraybuffer"
    socket.addEventListener("open", opened)
    socket.addEventListener("message", (event: MessageEvent<ArrayBuffer | string>) => {
      received(typeof event.data === "string" ? new TextEncoder().encode(event.data) : new Uint8Array(event.data))
    })
    // An error is always followed by a close.
    socket.addEventListener("close", (event) => {
      closed(event.code)
    })
    return {
      send(frame) {
        if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.from(frame))
      },
      close() {
        socket.close()
      },
    }
  }
}
