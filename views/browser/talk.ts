// The chat: its lines, and the field that sends. A message is shown at once and keeps its place
// until the server has given it a number; what could not be sent stays with a button to try again.
import { api, fields } from "./api"
import { type Role, type RoomEvent } from "./connection"
import { initials, prose, roleMarks } from "./faces"
import { showLocalTimes } from "./localtime"
import { word } from "./words"

interface Unsent { line: HTMLElement; text: string; id: string; lost: boolean }

export interface Me { name: string; role: Role; guest: boolean }

export class Talk {
  private unsent = new Map<string, Unsent>()
  private stopping = new AbortController()
  private lines: HTMLElement
  private composer: HTMLFormElement
  private box: HTMLTextAreaElement

  constructor(root: HTMLElement, private entry: string, private me: () => Me) {
    this.lines = root.querySelector<HTMLElement>("[data-lines]")!
    this.composer = root.querySelector<HTMLFormElement>("[data-composer]")!
    this.box = this.composer.querySelector("textarea")!
    const signal = this.stopping.signal
    this.composer.addEventListener("submit", e => {
      e.preventDefault()
      this.sendTyped()
    }, { signal })
    this.box.addEventListener("keydown", e => {
      // While an input method composes, Enter chooses a word.
      if (e.key !== "Enter" || e.shiftKey || e.isComposing || e.keyCode === 229) return
      e.preventDefault()
      this.composer.requestSubmit()
    }, { signal })
    this.toEnd()
  }

  /** Shows a message that has its number. */
  add(event: RoomEvent): void {
    const id = event.data.id ?? ""
    const mine = this.unsent.get(id)
    const low = this.atEnd()
    const line = mine?.line ?? this.line(event.name ?? "", event.data.role ?? "viewer", event.guest ?? false, event.data.text ?? "", event.at)
    this.unsent.delete(id)
    settle(line)
    line.dataset.seq = String(event.seq)
    this.place(line, event.seq)
    if (low || mine) this.toEnd()
  }

  /** Sends what was lost on the way; the server knows what it has already. */
  resend(): void {
    for (const u of this.unsent.values()) if (u.lost) void this.send(u)
  }

  /** Lets people write, or not any more. */
  allow(yes: boolean): void {
    this.box.disabled = !yes
    this.composer.querySelector("button")!.disabled = !yes
  }

  stop(): void { this.stopping.abort() }

  private sendTyped(): void {
    const text = this.box.value.trim()
    if (!text || this.box.disabled) return
    this.box.value = ""
    this.box.focus()
    const me = this.me()
    const id = crypto.randomUUID()
    const line = this.line(me.name, me.role, me.guest, text, new Date().toISOString())
    this.lines.append(line)
    this.toEnd()
    const unsent = { line, text, id, lost: false }
    this.unsent.set(id, unsent)
    void this.send(unsent)
  }

  private async send(u: Unsent): Promise<void> {
    u.lost = false
    settle(u.line)
    u.line.dataset.state = "pending"
    let response: Response
    try {
      response = await api(`/e/${this.entry}/live/messages`, { method: "POST", body: fields({ id: u.id, text: u.text }) })
    } catch {
      this.failed(u, word("room_not_sent"), true)
      return
    }
    const answer = await response.json().catch(() => null) as (RoomEvent & { error?: string }) | null
    if (!this.unsent.has(u.id)) return // it came over the connection meanwhile
    if (response.ok && answer) settle(u.line) // its number comes with the others
    else this.failed(u, answer?.error || word("room_not_sent"), response.status >= 500)
  }

  private failed(u: Unsent, why: string, lost: boolean): void {
    if (!this.unsent.has(u.id)) return
    u.lost = lost
    settle(u.line)
    u.line.dataset.state = "failed"
    const row = document.createElement("div")
    row.className = "row"
    const text = document.createElement("span")
    text.className = "error"
    text.setAttribute("role", "alert")
    text.textContent = why
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link small", textContent: word("room_send_again") })
    button.addEventListener("click", () => {
      this.box.focus()
      void this.send(u)
    })
    row.append(text, button)
    u.line.append(row)
    this.toEnd()
  }

  private line(name: string, role: Role, guest: boolean, text: string, at: string): HTMLElement {
    const line = document.createElement("article")
    line.className = "say"
    const avatar = Object.assign(document.createElement("span"), { className: "avatar", textContent: initials(name) })
    avatar.setAttribute("aria-hidden", "true")
    const header = document.createElement("header")
    const author = Object.assign(document.createElement("b"), { textContent: name })
    const time = Object.assign(document.createElement("time"), { dateTime: at })
    time.dataset.local = "clock"
    header.append(author, ...roleMarks(role, guest, "quiet"), time)
    const words = document.createElement("p")
    words.append(...prose(text))
    line.append(avatar, header, words)
    showLocalTimes(line)
    return line
  }

  /** Puts a line where its number belongs; what has none yet stays below. */
  private place(line: HTMLElement, seq: number): void {
    const after = [...this.lines.children].find(other =>
      other !== line && Number((other as HTMLElement).dataset.seq ?? Infinity) > seq) ?? null
    if (line.nextElementSibling !== after || !line.isConnected) this.lines.insertBefore(line, after)
  }

  private get scroller(): HTMLElement { return this.lines.closest<HTMLElement>(".talk")! }

  private atEnd(): boolean {
    const s = this.scroller
    return s.scrollHeight - s.scrollTop - s.clientHeight < 80
  }

  private toEnd(): void {
    const s = this.scroller
    s.scrollTop = s.scrollHeight
  }
}

function settle(line: HTMLElement): void {
  delete line.dataset.state
  line.querySelector(":scope > .row")?.remove()
}
