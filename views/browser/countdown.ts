// Clocks that run by the server's time: the countdown to a start, the time since one, and pages
// that look again by themselves.
import { refresh } from "./navigation"
import { announce, word } from "./words"

/** Starts the clocks of a page; the returned function stops them. */
export function startClocks(root: HTMLElement): () => void {
  const ticks: (() => void)[] = []
  for (const e of root.querySelectorAll<HTMLElement>("[data-countdown]")) ticks.push(countdown(e))
  for (const e of root.querySelectorAll<HTMLElement>("[data-elapsed]")) ticks.push(elapsed(e))
  const timers = ticks.map(tick => setInterval(tick, 1000))
  for (const tick of ticks) tick()
  const waiting = root.querySelector<HTMLElement>("[data-refresh-every]")
  if (waiting) timers.push(setInterval(refresh, 1000 * (Number(waiting.dataset.refreshEvery) + 5 * Math.random())))
  return () => timers.forEach(clearInterval)
}

/** How far the server's clock is ahead of this one. */
const ahead = (e: HTMLElement) => Date.parse(e.dataset.now ?? "") - Date.now()

function countdown(e: HTMLElement): () => void {
  const until = Date.parse(e.dataset.until ?? "")
  const offset = ahead(e)
  let before = Infinity
  return () => {
    const left = Math.max(0, Math.ceil((until - Date.now() - offset) / 1000))
    part(e, "days", Math.floor(left / 86400))
    part(e, "hours", Math.floor(left / 3600) % 24)
    part(e, "minutes", Math.floor(left / 60) % 60)
    part(e, "seconds", left % 60)
    for (const minutes of [10, 5, 1]) {
      if (before > minutes * 60 && before < Infinity && left <= minutes * 60) announce(word(`left_${minutes}`))
    }
    if (left === 0 && before > 0) arrive()
    before = left
  }
}

/** At zero the page goes on by itself; a little apart, because everybody's clock strikes now. */
function arrive(): void {
  announce(word("starting"))
  setTimeout(refresh, 300 + 1500 * Math.random())
  // Should the server's clock still be a moment behind, the page looks again.
  setTimeout(() => { if (document.querySelector("[data-countdown]")) refresh() }, 5000)
}

function part(e: HTMLElement, name: string, value: number): void {
  const target = e.querySelector(`[data-part=${name}]`)
  if (target && target.textContent !== String(value)) target.textContent = String(value)
}

function elapsed(e: HTMLElement): () => void {
  const start = Date.parse(e.dataset.elapsed ?? "")
  const offset = ahead(e)
  const two = (n: number) => String(n).padStart(2, "0")
  return () => {
    const past = Math.max(0, Math.floor((Date.now() + offset - start) / 1000))
    const hours = Math.floor(past / 3600)
    e.textContent = `${hours ? `${hours}:` : ""}${two(Math.floor(past / 60) % 60)}:${two(past % 60)}`
  }
}
