/** What this browser lacks and the encryption needs: Chrome 137, Firefox 130 and Safari 17 lack nothing (e2ee.md). */

export async function missing(): Promise<readonly string[]> {
  const lacks: string[] = []
  if (typeof crypto === "undefined" || !("subtle" in crypto)) return ["WebCrypto"]
  for (const name of ["Ed25519", "X25519"] as const) {
    const usages: KeyUsage[] = name === "Ed25519" ? ["sign", "verify"] : ["deriveBits"]
    const works = await crypto.subtle.generateKey({ name }, false, usages).then(
      () => true,
      () => false,
    )
    if (!works) lacks.push(name)
  }
  if (typeof indexedDB === "undefined") lacks.push("IndexedDB")
  if (!("locks" in navigator)) lacks.push("Web Locks")
  return lacks
}
