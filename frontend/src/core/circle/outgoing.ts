/** What a message of the outbox says, and the envelope that says it at a moment of the log. */
import { toBase64 } from "../encoding/base64.ts"
import type { JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import type { Content, Counted } from "../envelope/content.ts"
import { makeEnvelope, type NewEnvelope } from "../envelope/envelope.ts"
import { makeErasure, type Erasure } from "../envelope/erasure.ts"
import { MOST_FILES, readFiles, writeFile, type FileContent } from "../envelope/file.ts"
import { readMentions, writeMentions } from "../envelope/mentions.ts"
import { readNotice, writeNotice, type Notice } from "../envelope/notice.ts"
import type { ClientFrame } from "../sync/frames.ts"
import { asId, type FileId, type MessageId, type UserId } from "../ids.ts"

export type Outgoing =
  | {
      readonly kind: "message" | "urgent"
      readonly text: string
      readonly files: readonly FileContent[]
      readonly mentions: readonly UserId[]
    }
  | { readonly kind: "notice"; readonly notice: Notice; readonly text: string }
  /** `takes`: its author sees to it. */
  | { readonly kind: "ack"; readonly target: MessageId; readonly takes: boolean }
  | ({ readonly kind: "erase" } & Erasure)

/** The bytes to send. An erasure counts for nothing: what it erases was counted. */
export function envelopeOf(
  outgoing: Outgoing,
  counted: Counted,
  header: Omit<NewEnvelope, "kind" | "content">,
): Promise<Uint8Array> {
  if (outgoing.kind === "erase") return makeErasure(header, outgoing)
  return makeEnvelope({ ...header, kind: outgoing.kind, content: contentOf(outgoing, counted) })
}

/** How it is brought to the server. */
export function sendFrame(outgoing: Outgoing, envelope: Uint8Array): ClientFrame {
  const { takes, target } = outgoing.kind === "ack" ? outgoing : { target: null, takes: false }
  return { t: "send", env: toBase64(envelope), answers: target, takes }
}

function contentOf(outgoing: Exclude<Outgoing, { kind: "erase" }>, counted: Counted): Content {
  if (outgoing.kind === "ack") {
    return { type: outgoing.takes ? "taken" : "ack", target: outgoing.target, ...counted }
  }
  if (outgoing.kind === "notice") return { type: "notice", notice: outgoing.notice, text: outgoing.text, ...counted }
  return { type: "text", text: outgoing.text, files: outgoing.files, mentions: outgoing.mentions, ...counted }
}

export function filesOf(outgoing: Outgoing): readonly FileContent[] {
  return outgoing.kind === "message" || outgoing.kind === "urgent" ? outgoing.files : []
}

export function writeOutgoing(outgoing: Outgoing): JsonObject {
  switch (outgoing.kind) {
    case "message":
    case "urgent": {
      const { files, kind, mentions, text } = outgoing
      return { kind, text, files: files.map(writeFile), ...writeMentions(mentions) }
    }
    case "notice":
      return { ...outgoing, notice: writeNotice(outgoing.notice) }
    case "ack":
      return { ...outgoing }
    case "erase":
      return { ...outgoing, digest: toBase64(outgoing.digest) }
  }
}

export function readOutgoing(fields: Fields): Outgoing {
  const outgoing = readKnown(fields)
  fields.end()
  return outgoing
}

function readKnown(fields: Fields): Outgoing {
  const kind = fields.oneOf("kind", ["message", "urgent", "notice", "ack", "erase"])
  switch (kind) {
    case "message":
    case "urgent":
      return { kind, text: fields.text("text"), files: readFiles(fields, "files"), mentions: readMentions(fields) }
    case "notice": {
      const inner = fields.object("notice")
      const notice = readNotice(inner)
      inner.end()
      return { kind, notice, text: fields.text("text") }
    }
    case "ack":
      return { kind, target: fields.id<MessageId>("target"), takes: readTakes(fields) }
    case "erase":
      return {
        kind,
        target: fields.id<MessageId>("target"),
        digest: fields.bytes("digest", 32),
        files: fields.list("files", MOST_FILES).map((id) => asId<FileId>(typeof id === "string" ? id : "")),
      }
  }
}

/** Of a record: one from before taking was known does not say. */
export function readTakes(fields: Fields): boolean {
  return fields.has("takes") && fields.flag("takes")
}
