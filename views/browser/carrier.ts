// Who asks: inside an LMS's frame a bearer, elsewhere the browser's cookie and nothing of ours.
//
// This module has to run before Turbo starts: the answer to a launch stands at the launch's
// address, and Turbo must find the page's own. The bearer is kept in memory and, for a reload, in
// sessionStorage under the session's public handle, because all our frames of one LMS page share
// that storage. The handle itself lives in history.state, so that addresses stay clean.

export interface Carrier { token: string; handle: string; url: string }

let token = ""
let handle = ""

const place = (h: string) => `usher.session.${h}`

/** Reads sessionStorage, which throws where the browser refuses storage. */
export function recall(key: string): string {
  try { return sessionStorage.getItem(key) ?? "" } catch { return "" }
}

/** Writes sessionStorage as far as the browser lets us. */
export function remember(key: string, value: string): void {
  try { sessionStorage.setItem(key, value) } catch { /* the reload will say so */ }
}

/** Takes a session over and puts the page's own address into the address line. */
export function keep(c: Carrier): void {
  token = c.token
  handle = c.handle
  remember(place(handle), token)
  remember("usher.shell", "") // a new bearer may ask again, see navigation.ts
  history.replaceState({ ...history.state, s: handle }, "", c.url)
}

/** Puts the handle back into history.state, which Turbo overwrites at each visit. */
export function stamp(): void {
  if (handle) history.replaceState({ ...history.state, s: handle }, "")
}

/** The bearer, or nothing outside frames. */
export const bearer = (): string => token

const block = document.getElementById("carrier")
if (block) {
  keep(JSON.parse(block.textContent ?? "") as Carrier)
  block.remove()
} else {
  const state = history.state as { s?: unknown } | null
  if (typeof state?.s === "string") {
    handle = state.s
    token = recall(place(handle))
  }
}
