/** Web Push in this browser: the service worker that shows what woke it, and the subscription it is woken by. */
import type { Wakes } from "../core/index.ts"

/**
 * The page allows scripts of its own only by this one rule (`trusted-types cordee-wake`): whatever it is asked for, it
 * names the worker.
 */
const rule = (globalThis as Partial<TrustedTypes>).trustedTypes?.createPolicy("cordee-wake", {
  createScriptURL: (language) => (language === "en" ? "/wake.js?en" : "/wake.js"),
})

/** What TypeScript's library does not know yet (W3C Trusted Types). */
interface TrustedTypes {
  readonly trustedTypes: {
    readonly createPolicy: (
      name: string,
      rules: { readonly createScriptURL: (asked: string) => string },
    ) => { readonly createScriptURL: (asked: string) => object }
  }
}

/** Undefined where there is no Web Push: on an iPhone, before the page was put on the home screen. */
export function webPush(): Wakes | undefined {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) return undefined
  return {
    async state() {
      if (Notification.permission === "denied") return "denied"
      const registration = await navigator.serviceWorker.getRegistration("/")
      const subscription = await registration?.pushManager.getSubscription()
      return subscription == null ? "off" : "on"
    },
    async subscribe(key) {
      if ((await Notification.requestPermission()) !== "granted") return undefined
      await register()
      const { pushManager } = await navigator.serviceWorker.ready
      const known = await pushManager.getSubscription()
      // Of a server key that is no more, or of another person's device: the server names whom an endpoint wakes.
      await known?.unsubscribe()
      const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }).catch(refused)
      if (made === undefined) return undefined
      return { endpoint: made.endpoint, p256dh: keyOf(made, "p256dh"), auth: keyOf(made, "auth") }
    },
    async unsubscribe() {
      const registration = await navigator.serviceWorker.getRegistration("/")
      await (await registration?.pushManager.getSubscription())?.unsubscribe()
    },
  }
}

/** Private windows, and browsers whose owner has switched their push service off, say no here. */
function refused(error: unknown): undefined {
  if (!(error instanceof DOMException)) throw error
  return undefined
}

async function register(): Promise<void> {
  const language = document.documentElement.lang
  const script = rule?.createScriptURL(language) ?? (language === "en" ? "/wake.js?en" : "/wake.js")
  await navigator.serviceWorker.register(script as string, { scope: "/" })
}

function keyOf(subscription: PushSubscription, name: PushEncryptionKeyName): Uint8Array {
  const key = subscription.getKey(name)
  if (key === null) throw new TypeError(`a subscription without ${name}`)
  return new Uint8Array(key)
}
