/**
 * Every way we know to make a commit that must be refused, each signed by the key that it claims wherever that can be.
 * `code` is the server's word for it (chat/mls/errors.py): so nothing is refused for another reason than its own.
 */
import { FRAMES } from "./frames.ts"
import type { Hostile } from "./honest.ts"
import { LEAVES } from "./leaves.ts"
import { PATHS } from "./paths.ts"
import { PROPOSALS } from "./proposals.ts"

export type { Honest } from "./honest.ts"
export const HOSTILE: readonly Hostile[] = [...FRAMES, ...PROPOSALS, ...PATHS, ...LEAVES]
