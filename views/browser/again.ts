// A page that waits for something to arrive looks again by itself, as long as it is in sight.
import { refresh } from "./navigation"

const every = 5000

/** Looks again while the page has [data-again]; returns what stops it. */
export function lookAgain(root: HTMLElement): () => void {
  if (!root.querySelector("[data-again]")) return () => {}
  const timer = setInterval(() => {
    if (document.visibilityState !== "visible") return
    // What is typed, marked or open must stay as it is.
    if (document.activeElement?.matches("input, textarea, select") || document.querySelector("dialog[open], :popover-open")) return
    refresh()
  }, every)
  return () => { clearInterval(timer) }
}
