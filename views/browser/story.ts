// A room's events in their order. Each has a number; whatever came too early waits until the
// server was asked for those between, and what was seen already is passed over. So nothing is
// lost and nothing shown twice, however often the connection broke.
import { api } from "./api"
import type { RoomEvent } from "./connection"

interface Page { events: RoomEvent[]; seq: number; more: boolean }

/** How long events may overtake each other before the server is asked for the missing ones. */
const patience = 150

export class Story {
  private waiting = new Map<number, RoomEvent>()
  private timer = 0
  private asking = false
  private again = false
  private over = false

  constructor(private entry: string, private last: number, private tell: (event: RoomEvent) => void) {}

  /** Takes an event as it comes over the connection. */
  take(event: RoomEvent): void {
    if (event.seq <= this.last) return
    this.waiting.set(event.seq, event)
    this.drain()
    if (this.waiting.size > 0 && !this.timer) this.timer = window.setTimeout(() => void this.catchUp(), patience)
  }

  /** Asks for everything after the last number, as after each connection. */
  async catchUp(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = 0
    if (this.asking) {
      this.again = true
      return
    }
    this.asking = true
    try {
      do {
        this.again = false
        while (await this.page()) { /* a long absence comes in several pages */ }
      } while (this.again)
    } catch {
      if (!this.over) this.timer = window.setTimeout(() => void this.catchUp(), 2000)
    } finally {
      this.asking = false
    }
  }

  stop(): void {
    this.over = true
    clearTimeout(this.timer)
    this.waiting.clear()
  }

  private async page(): Promise<boolean> {
    const response = await api(`/e/${this.entry}/live/events?after=${this.last}`)
    if (this.over) return false
    if (!response.ok) {
      if (response.status >= 500) throw new Error(`events: ${response.status}`)
      return false // no place here any more; the connection says so too
    }
    const page = await response.json() as Page
    for (const event of page.events) this.waiting.set(event.seq, event)
    // Numbers up to the page's that did not come are not this person's to see.
    for (const seq of [...this.waiting.keys()].sort((a, b) => a - b)) {
      if (seq <= page.seq) this.next(seq)
    }
    this.last = Math.max(this.last, page.seq)
    this.drain()
    return page.more
  }

  private drain(): void {
    while (this.waiting.has(this.last + 1)) this.next(this.last + 1)
  }

  private next(seq: number): void {
    const event = this.waiting.get(seq)
    this.waiting.delete(seq)
    if (!event || seq <= this.last) return
    this.last = seq
    this.tell(event)
  }
}
