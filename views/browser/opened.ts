// Tells that a person looks at an invitation: after the first visible second, or the first key or
// tap. Scanners and previews fetch a link, some run its script, but they do not stay and look.
import { api } from "./api"

let told = ""

/** Watches an invitation's page for signs of a person; the returned function stops it. */
export function watchOpening(): () => void {
  const link = /^\/i\/[\w-]+$/.exec(location.pathname)?.[0]
  if (!link || link === told || !document.body.matches(".door")) return () => {}
  const watching = new AbortController()
  let timer = 0
  const tell = () => {
    stop()
    told = link
    void api(`${link}/opened`, { method: "POST", keepalive: true }).catch(() => { told = "" })
  }
  const wait = () => {
    clearTimeout(timer)
    if (document.visibilityState === "visible") timer = window.setTimeout(tell, 1000)
  }
  const stop = () => {
    clearTimeout(timer)
    watching.abort()
  }
  const options = { signal: watching.signal }
  document.addEventListener("visibilitychange", wait, options)
  document.addEventListener("keydown", tell, options)
  document.addEventListener("pointerdown", tell, options)
  wait()
  return stop
}
