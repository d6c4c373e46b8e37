/** Whether the server says that everything here is invented. */
export function isDemo(): boolean {
  return document.querySelector<HTMLMetaElement>("meta[name=cordee-demo]")?.content === "1"
}
