// The script of all pages. The carrier comes first: Turbo, which navigation.ts starts, has to find
// the page's own address.
import "./carrier"
import "./navigation"
import { lookAgain } from "./again"
import { listenToCopying } from "./copy"
import { startClocks } from "./countdown"
import { listenToDialogs } from "./dialogs"
import { prepareForms } from "./forms"
import { followHeight } from "./height"
import { prepareInvite } from "./invite"
import { showLocalTimes } from "./localtime"
import { listenToMenus } from "./menu"
import { watchOpening } from "./opened"
import { preparePick } from "./pick"
import { startProof } from "./proof"
import { prepareRegistration } from "./register"
import { listenToWindows, offerWindow } from "./window"

listenToMenus()
listenToDialogs()
listenToCopying()
listenToWindows()

let stops: (() => void)[] = []
let room: { body: HTMLElement; place: string; stop: () => void } | null = null

document.addEventListener("turbo:load", prepare)

// A form that comes back with mistakes is rendered, but Turbo does not call it loaded.
let returned = false
document.addEventListener("turbo:before-fetch-response", e => {
  returned = (e as CustomEvent).detail.fetchResponse.response.status >= 400
})
document.addEventListener("turbo:render", () => {
  if (returned) prepare()
  returned = false
})

function prepare(): void {
  for (const stop of stops) stop()
  const page = document.body
  showLocalTimes(page)
  prepareInvite(page)
  prepareForms(page)
  preparePick(page)
  offerWindow(page)
  stops = [startClocks(page), followHeight(page), watchOpening(), lookAgain(page)]
  startProof()
  prepareRegistration(page)
  followRoom(page)
}

document.addEventListener("turbo:frame-load", e => {
  const frame = e.target as HTMLElement
  showLocalTimes(frame)
  prepareInvite(frame)
})

document.addEventListener("turbo:frame-render", e => prepareInvite(e.target as HTMLElement))

/**
 * Starts and stops the room, and outside it the watch at its door; a refresh that morphs the same
 * page leaves both running.
 */
function followRoom(page: HTMLElement): void {
  const door = page.querySelector<HTMLElement>("[data-watch]")?.dataset.watch
  const place = page.dataset.page === "room" ? "room" : door ? `door ${door}` : ""
  if (room && (room.place !== place || room.body !== page)) {
    room.stop()
    room = null
  }
  if (!place || room) return
  const begun = room = { body: page, place, stop: () => {} }
  void import("./room").then(module => {
    if (room === begun) begun.stop = door ? module.watch(door) : module.start(page)
  })
}
