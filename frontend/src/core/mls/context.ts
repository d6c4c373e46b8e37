/**
 * The shape every Cordée group has: its extensions, what its leaves can do, and how the library is told to
 * ask the caller about leaves. Used by creating, joining, committing and processing alike.
 */
import {
  encodeRequiredCapabilities,
  type Capabilities,
  type ClientState,
  type Credential,
  type Extension,
  type GroupContext,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { sameBytes } from "./bytes.ts"
import type { GroupState } from "./state.ts"
import { CIRCLE_POLICY, SUITE_NAME } from "./suite.ts"

/** This device: what stands in its leaf, and the key it signs with. */
export interface OwnLeaf {
  /** The device certificate: identity of the basic credential. */
  readonly certificate: Uint8Array
  /** Ed25519 seed, 32 bytes */
  readonly signaturePrivateKey: Uint8Array
  /** Ed25519, 32 bytes */
  readonly signaturePublicKey: Uint8Array
}

/** A device as its leaf claims it: the certificate, and the key that signs for the leaf. */
export interface LeafClaim {
  readonly identity: Uint8Array
  readonly signatureKey: Uint8Array
}

/** What a check answers: nothing when all is well, else a short code of the caller's own. */
export type Verdict = string | undefined

/** Asked for every leaf that appears: in the tree when joining, in every commit's path. */
export type LeafCheck = (leaf: LeafClaim) => Verdict | Promise<Verdict>

export const LEAF_CAPABILITIES: Capabilities = {
  versions: ["mls10"],
  ciphersuites: [SUITE_NAME],
  extensions: [CIRCLE_POLICY],
  proposals: [],
  credentials: ["basic"],
}

const REQUIRED_CAPABILITIES = encodeRequiredCapabilities({
  extensionTypes: [CIRCLE_POLICY],
  proposalTypes: [],
  credentialTypes: [],
})

/** The group context's extensions, always these two in this order. */
export function circleExtensions(policy: Uint8Array): Extension[] {
  return [
    { extensionType: "required_capabilities", extensionData: REQUIRED_CAPABILITIES },
    { extensionType: CIRCLE_POLICY, extensionData: policy },
  ]
}

/** The policy in these extensions, or undefined when they are not exactly ours. */
export function policyIn(extensions: readonly Extension[]): Uint8Array | undefined {
  const [required, policy] = extensions
  if (extensions.length !== 2 || required === undefined || policy === undefined) return undefined
  if (required.extensionType !== "required_capabilities") return undefined
  if (!sameBytes(required.extensionData, REQUIRED_CAPABILITIES)) return undefined
  if (policy.extensionType !== CIRCLE_POLICY) return undefined
  return policy.extensionData
}

export function isOurSuite(context: GroupContext): boolean {
  // Another protocol version does not decode at all.
  return context.cipherSuite === SUITE_NAME
}

export function basicCredential(certificate: Uint8Array): Credential {
  return { credentialType: "basic", identity: certificate }
}

/** The library's hooks, and what they last refused. */
export interface LeafHooks {
  readonly config: ClientState["clientConfig"]
  refusal(): { readonly code: "leaf_refused" | "successor_refused"; readonly detail: string } | undefined
}

/** Puts the caller's checks where the library asks about credentials (RFC 9420 §5.3.1). */
export function leafHooks(
  leaf: LeafCheck,
  successor: (before: LeafClaim, after: LeafClaim) => Verdict | Promise<Verdict>,
): LeafHooks {
  let refused: ReturnType<LeafHooks["refusal"]>
  return {
    refusal: () => refused,
    config: {
      ...defaultClientConfig,
      // Content is keyed by the exporter, handshakes are public: nothing here is ever a PrivateMessage.
      messageSecrets: false,
      authService: {
        async validateCredential(credential: Credential, signatureKey: Uint8Array) {
          const claim = claimOf(credential, signatureKey)
          const detail = claim === undefined ? "not a basic credential" : await leaf(claim)
          if (detail !== undefined) refused ??= { code: "leaf_refused", detail }
          return detail === undefined
        },
        async validateSuccessor(
          before: Credential,
          beforeKey: Uint8Array,
          after: Credential,
          afterKey: Uint8Array,
        ) {
          const old = claimOf(before, beforeKey)
          const next = claimOf(after, afterKey)
          const detail =
            old === undefined || next === undefined ? "not a basic credential" : await successor(old, next)
          if (detail !== undefined) refused ??= { code: "successor_refused", detail }
          return detail === undefined
        },
      },
    },
  }
}

function claimOf(credential: Credential, signatureKey: Uint8Array): LeafClaim | undefined {
  if (credential.credentialType !== "basic") return undefined
  return { identity: credential.identity, signatureKey }
}

/** The library's view of a state: ours and the configuration of this one call. */
export function withConfig(state: GroupState, config: ClientState["clientConfig"]): ClientState {
  return { ...state, clientConfig: config }
}

/** For commits of our own: no leaf of another is taken in, so any question about one is answered no. */
export const NO_LEAVES: LeafHooks = leafHooks(
  () => "unexpected leaf",
  () => "unexpected leaf",
)
