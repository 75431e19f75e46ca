// The script of all pages. The carrier comes first: Turbo, which navigation.ts starts, has to find
// the page's own address.
import "./carrier"
import "./navigation"
import { listenToCopying } from "./copy"
import { startClocks } from "./countdown"
import { listenToDialogs } from "./dialogs"
import { prepareForms } from "./forms"
import { followHeight } from "./height"
import { prepareInvite } from "./invite"
import { showLocalTimes } from "./localtime"
import { listenToMenus } from "./menu"
import { startProof } from "./proof"

listenToMenus()
listenToDialogs()
listenToCopying()

let stops: (() => void)[] = []
let room: { body: HTMLElement; stop: () => void } | null = null

document.addEventListener("turbo:load", () => {
  for (const stop of stops) stop()
  const page = document.body
  showLocalTimes(page)
  prepareInvite(page)
  prepareForms(page)
  stops = [startClocks(page), followHeight(page)]
  startProof()
  followRoom(page)
})

document.addEventListener("turbo:frame-load", e => {
  const frame = e.target as HTMLElement
  showLocalTimes(frame)
  prepareInvite(frame)
})

document.addEventListener("turbo:frame-render", e => prepareInvite(e.target as HTMLElement))

/** Starts and stops the room; a refresh that morphs the same page leaves it running. */
function followRoom(page: HTMLElement): void {
  const isRoom = page.dataset.page === "room"
  if (room && (!isRoom || room.body !== page)) {
    room.stop()
    room = null
  }
  if (!isRoom || room) return
  const begun = room = { body: page, stop: () => {} }
  void import("./room").then(module => {
    if (room === begun) begun.stop = module.start(page)
  })
}
