/** What leaves the page with a file: into the browser's downloads, or into a tab of its own. */

/** As long as a browser may take to begin. */
const ADDRESS_KEPT = 60_000

/** The browser's own saving. Never under a type that it would open in place. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a")
  link.href = addressOf(new Blob([blob], { type: "application/octet-stream" }))
  link.download = name
  link.click()
}

/** In the browser's viewer. Only for a PDF, by its bytes: this address is of our origin. */
export function openPdf(blob: Blob): void {
  if (blob.type === "application/pdf") window.open(addressOf(blob), "_blank", "noopener")
}

function addressOf(blob: Blob): string {
  const url = URL.createObjectURL(blob)
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, ADDRESS_KEPT)
  return url
}
