// Asks the LMS for the height of the content, where it says that it listens; elsewhere not a word.
import { capabilities, host, send } from "./platform"

/** A live room fills the window; this is for an LMS that does not tell how tall that is. */
const roomHeight = 720
const roomLeast = 520

/**
 * How often the page may grow without anybody doing anything: a page whose height depends on its
 * frame's would otherwise grow for ever.
 */
const growths = 4

/** Follows the height of the page; the returned function stops it. */
export function followHeight(root: HTMLElement): () => void {
  if (window.parent === window || root.dataset.framed === undefined) return () => {}
  const stopping = new AbortController()
  void capabilities().then(list => {
    const can = (subject: string) => list.some(m => m.subject === subject)
    if (stopping.signal.aborted || !can("lti.frameResize")) return
    root.dataset.follows = ""
    if (root.dataset.page === "room") void askForRoom(can("lti.fetchWindowSize"), stopping.signal)
    else follow(root, stopping.signal)
  })
  return () => stopping.abort()
}

function ask(height: number): void {
  window.parent.postMessage({ subject: "lti.frameResize", height, message_id: crypto.randomUUID() }, "*") // a number, no secret
}

async function askForRoom(canTell: boolean, stopped: AbortSignal): Promise<void> {
  const parent = host()
  const size = canTell && parent ? await send(parent, "*", { subject: "lti.fetchWindowSize" }) as WindowSize | undefined : undefined
  const rest = (size?.height ?? NaN) - (size?.offset?.top ?? 0) - (size?.footer ?? 0)
  if (!stopped.aborted) ask(Number.isFinite(rest) ? Math.max(roomLeast, Math.floor(rest)) : roomHeight)
}

interface WindowSize { height?: number; offset?: { top?: number }; footer?: number }

function follow(root: HTMLElement, signal: AbortSignal): void {
  let last = 0
  let grown = 0
  const tell = () => {
    const height = heightOf(root)
    if (height === last || height < 1) return
    if (height > last && grown++ >= growths) return
    last = height
    ask(height)
  }
  const sizes = new ResizeObserver(tell)
  const watch = () => {
    for (const sheet of root.querySelectorAll("dialog[open] .sheet")) sizes.observe(sheet)
    tell()
  }
  const openings = new MutationObserver(watch)
  sizes.observe(root)
  openings.observe(root, { subtree: true, attributeFilter: ["open"] })
  const done = () => { grown = 0 }
  for (const deed of ["pointerdown", "keydown", "turbo:render", "turbo:frame-load"]) document.addEventListener(deed, done, { signal, capture: true })
  document.addEventListener("turbo:frame-load", watch, { signal })
  root.addEventListener("toggle", watch, { signal, capture: true })
  signal.addEventListener("abort", () => {
    sizes.disconnect()
    openings.disconnect()
  })
}

/** How tall the page has to be, with whatever lies above it: dialogs and menus. */
function heightOf(root: HTMLElement): number {
  const heights = [root.getBoundingClientRect().height]
  for (const sheet of root.querySelectorAll("dialog[open] .sheet")) {
    const { marginTop, marginBottom } = getComputedStyle(sheet)
    heights.push(sheet.getBoundingClientRect().height + parseFloat(marginTop) + parseFloat(marginBottom))
  }
  for (const menu of root.querySelectorAll("[popover]:popover-open")) heights.push(menu.getBoundingClientRect().bottom + window.scrollY)
  return Math.ceil(Math.max(...heights))
}
