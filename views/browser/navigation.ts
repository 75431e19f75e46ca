// What Turbo needs to drive server-rendered pages in a frame where no cookie works, and to treat
// people gently everywhere: the bearer header, leaving to another site, downloads, a lost
// connection, live refreshes that keep what somebody is typing, focus and announcements.
import { bearer, recall, remember, stamp } from "./carrier"
import * as Turbo from "@hotwired/turbo"
import { announce, word } from "./words"

type Handler = (event: CustomEvent & { target: HTMLElement }) => void
const on = (name: string, handler: Handler) => document.addEventListener(name, handler as unknown as EventListener)

// Turbo leaves addresses that end like files to the browser, which would ask without the header.
Turbo.config.drive.unvisitableExtensions.clear()

on("turbo:before-fetch-request", e => {
  if (!bearer()) return
  e.detail.fetchOptions.headers["Authorization"] = `Bearer ${bearer()}`
  e.detail.fetchOptions.credentials = "omit"
})

on("turbo:before-fetch-response", e => {
  hideOffline()
  const response = e.detail.fetchResponse.response as Response
  const leave = response.headers.get("Usher-Leave")
  if (leave) { // fetch cannot follow a redirect to another site
    e.preventDefault()
    Turbo.navigator.stop()
    window.open(leave, bearer() ? "_top" : "_self")
  } else if (response.headers.has("Content-Disposition")) {
    e.preventDefault()
    void save(response).finally(() => Turbo.navigator.stop())
  }
})

async function save(response: Response): Promise<void> {
  const name = /filename="?([^";]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "download"
  const address = URL.createObjectURL(await response.blob())
  const link = Object.assign(document.createElement("a"), { href: address, download: name })
  link.dataset.turbo = "false"
  document.body.append(link)
  link.click()
  link.remove()
  URL.revokeObjectURL(address)
}

// Turbo's own answer to a lost connection is a plain navigation, which loses the header and the page.
on("turbo:fetch-request-error", e => {
  e.preventDefault()
  Turbo.navigator.stop()
  showOffline()
})

function showOffline(): void {
  if (document.getElementById("offline")) return
  const note = document.createElement("p")
  note.id = "offline"
  note.className = "note offline"
  note.dataset.tone = "warn"
  note.setAttribute("role", "alert")
  note.textContent = word("offline")
  document.body.append(note)
}

function hideOffline(): void {
  document.getElementById("offline")?.remove()
}

// Live refreshes. The guards hold for these only, so that a 422 or a 303 may change fields.
let live = false
let held = false

/** Asks for this page again and morphs it, without touching what somebody types or has open. */
export function refresh(): void {
  if (document.querySelector("form[aria-busy], form [aria-invalid=true]")) {
    held = true
    return
  }
  held = false
  live = true
  Turbo.session.refresh(document.baseURI)
}

on("turbo:submit-start", () => { live = false })
on("turbo:submit-end", () => { if (held) setTimeout(refresh, 500) })

on("turbo:before-morph-element", e => {
  // A dialog that a frame fills may be loading, and opens when it has come.
  if (live && e.target.matches?.("dialog[open], dialog[data-frame-dialog], [data-keep]")) e.preventDefault()
})

on("turbo:before-morph-attribute", e => {
  if (!live) return
  const field = e.target as HTMLInputElement
  const name = e.detail.attributeName as string
  const keeps = name === "open" && field.matches("dialog, details")
    || name === "value" && field.value !== field.defaultValue
    || name === "checked" && field.checked !== field.defaultChecked
  if (keeps) e.preventDefault()
})

// An error page inside a turbo-frame takes the whole page.
on("turbo:frame-missing", e => {
  e.preventDefault()
  const response = e.detail.response as Response
  void response.text().then(html => Turbo.visit(location.href, {
    action: "replace", response: { statusCode: response.status, responseHTML: html, redirected: false },
  }))
})

// Focus. A visit leaves it on the body; people who cannot see the page have to hear where they are.
let loads = 0

on("turbo:render", () => {
  stamp()
  document.documentElement.dir = document.documentElement.lang === "ar" ? "rtl" : "ltr"
  if (live) return
  document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
})

on("turbo:frame-render", e => {
  (e.target as HTMLElement).querySelector<HTMLElement>("[aria-invalid=true]")?.focus()
})

on("turbo:load", () => {
  stamp()
  if (loads++ > 0 && !live) arrive()
  live = false
  if (document.querySelector("meta[name=carrier][content=shell]")) askAgain()
  else if (recall("usher.shell")) remember("usher.shell", "") // the page came: no loop
})

function arrive(): void {
  announce(document.title)
  if (document.activeElement && document.activeElement !== document.body) return
  const heading = document.querySelector<HTMLElement>("main h1, main h2, h1")
  if (!heading) return
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
}

/**
 * A framed page that was loaded without its bearer (a reload) is an empty shell: ask again with
 * it. Once per address within some seconds; more would be a loop that nobody can stop.
 */
function askAgain(): void {
  const [address, time] = recall("usher.shell").split(" ")
  const again = address === location.href && Date.now() - Number(time) < 5000
  if (bearer() && !again) {
    remember("usher.shell", `${location.href} ${Date.now()}`)
    Turbo.visit(location.href, { action: "replace" })
    return
  }
  showStuck()
}

/** Shows the way out that a page keeps hidden until it is needed. */
export function showStuck(): void {
  document.querySelector("[data-waiting]")?.remove()
  const stuck = document.querySelector<HTMLElement>("[data-stuck]")
  if (!stuck) return
  stuck.hidden = false
  stuck.querySelector<HTMLElement>("h2")?.focus()
}

export const visit = (address: string): void => Turbo.visit(address, { action: "replace" })

/** Shows an answer that a script got as if it had been visited. */
export async function show(response: Response): Promise<void> {
  const html = await response.text()
  Turbo.visit(location.href, { action: "replace", response: { statusCode: response.status, responseHTML: html, redirected: false } })
}
