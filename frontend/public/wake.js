/**
 * The service worker of Cordée: it shows that something waits, and opens the page. A push says of which kind it is and
 * nothing more, so this worker has no name and no key; it reads no storage and asks the server nothing.
 */
const WORDS = {
  fr: {
    message: "Un message vous attend",
    urgent: "Un message urgent attend votre confirmation",
    notice: "Une information vous attend",
  },
  en: {
    message: "A message is waiting for you",
    urgent: "An urgent message is waiting for your confirmation",
    notice: "A piece of information is waiting for you",
  },
}
const words = location.search === "?en" ? WORDS.en : WORDS.fr

function kindOf(data) {
  try {
    const { t, kind } = data.json()
    return t === "wake" && Object.hasOwn(words, kind) ? kind : "notice"
  } catch {
    return "notice"
  }
}

async function show(kind) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  // Whoever looks at the page sees it there.
  if (pages.some((page) => page.visibilityState === "visible")) return
  await self.registration.showNotification("Cordée", {
    body: words[kind],
    // One notification for each kind: the next one takes its place, and only an urgent one rings again.
    tag: kind,
    renotify: kind === "urgent",
    requireInteraction: kind === "urgent",
    icon: "/icon.svg",
  })
}

async function open() {
  const [page] = await self.clients.matchAll({ type: "window", includeUncontrolled: true })
  await (page === undefined ? self.clients.openWindow("/") : page.focus())
}

self.addEventListener("push", (event) => {
  event.waitUntil(show(kindOf(event.data)))
})
self.addEventListener("notificationclick", (event) => {
  event.notification.close()
  event.waitUntil(open())
})
