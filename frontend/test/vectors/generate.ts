/**
 * Writes tests/vectors/{canonical,padme,loghash,certificate,statements,policy,envelope,ed25519,files,safety,vault}.json,
 * which Python and TypeScript both read:
 *
 *     node test/vectors/generate.ts
 *
 * Everything comes from fixed seeds; a test fails when the files are not what this writes.
 */
import { readFile, writeFile } from "node:fs/promises"
import { canonicalVectors, certificateVectors, logVectors, padmeVectors } from "./encoding.ts"
import { ed25519Vectors } from "./ed25519.ts"
import { envelopeVectors } from "./envelope.ts"
import { fileVectors } from "./files.ts"
import { policyVectors } from "./policy.ts"
import { statementVectors } from "./statements.ts"
import { safetyVectors, vaultVectors } from "./vault.ts"

const FOLDER = new URL("../../../tests/vectors/", import.meta.url)

export async function vectors(): Promise<Readonly<Record<string, object>>> {
  return {
    canonical: canonicalVectors(),
    padme: padmeVectors(),
    loghash: logVectors(),
    certificate: await certificateVectors(),
    statements: await statementVectors(),
    policy: await policyVectors(),
    envelope: await envelopeVectors(),
    ed25519: ed25519Vectors(),
    files: fileVectors(),
    safety: safetyVectors(),
    vault: await vaultVectors(),
  }
}

export function asText(content: object): string {
  return `${JSON.stringify(content, null, 1)}\n`
}

export async function onDisk(name: string): Promise<string> {
  return readFile(new URL(`${name}.json`, FOLDER), "utf-8")
}

if (import.meta.main) {
  for (const [name, content] of Object.entries(await vectors())) {
    await writeFile(new URL(`${name}.json`, FOLDER), asText(content))
  }
}
