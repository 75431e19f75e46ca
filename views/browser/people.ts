// Who is here: the list with roles, the count, the faces on the stage, and for hosts and
// moderators what they may do with others.
import { api, fields } from "./api"
import { type PeopleChange, type Person, type Role } from "./connection"
import { initials, roleMarks } from "./faces"
import { word } from "./words"

const ranks: Role[] = ["host", "moderator", "speaker", "viewer"]

export class People {
  private here = new Map<string, Person>()
  private list: HTMLElement
  private dialog: HTMLDialogElement
  private stopping = new AbortController()
  private leaving = ""

  constructor(private root: HTMLElement, private entry: string, private say: (text: string) => void) {
    this.list = root.querySelector<HTMLElement>("[data-people]")!
    this.dialog = root.querySelector<HTMLDialogElement>("#remove-dialog")!
    this.dialog.querySelector("form")!.addEventListener("submit", e => {
      e.preventDefault()
      this.dialog.close()
      void this.act(this.leaving, "remove", {})
    }, { signal: this.stopping.signal })
  }

  /** Who this page belongs to and as what. */
  me = { id: "", role: "viewer" as Role }

  /** Asks for everybody, as after each connection. */
  async load(): Promise<void> {
    const response = await api(`/e/${this.entry}/live/people`).catch(() => null)
    if (!response?.ok || this.stopping.signal.aborted) return
    const { people } = await response.json() as { people: Person[] }
    this.here = new Map(people.map(p => [p.id, p]))
    this.show()
  }

  change(change: PeopleChange): void {
    for (const p of change.joined ?? []) this.here.set(p.id, p)
    for (const id of change.left ?? []) this.here.delete(id)
    this.show()
  }

  /** A role that changed; who comes as what is told by change(). */
  role(id: string, role: Role): void {
    const person = this.here.get(id)
    if (person) this.here.set(id, { ...person, role })
    this.show()
  }

  stop(): void { this.stopping.abort() }

  /** Writes everything that depends on who is here. */
  show(): void {
    const people = [...this.here.values()].sort((a, b) =>
      ranks.indexOf(a.role) - ranks.indexOf(b.role) || a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
    for (const count of this.root.querySelectorAll("[data-count]")) count.textContent = String(people.length)
    this.arrange(this.list, people, person => this.item(person))
    const stage = this.root.querySelector<HTMLElement>("[data-seats]")
    if (stage) this.arrange(stage, people.filter(p => p.role === "host" || p.role === "speaker"), seat)
  }

  /** Brings a list's items in line with people; an item that somebody works in stays as it is. */
  private arrange(list: HTMLElement, people: Person[], make: (p: Person) => HTMLElement): void {
    const old = new Map([...list.children].map(li => [(li as HTMLElement).dataset.attendeeId ?? "", li as HTMLElement]))
    let at: Element | null = list.firstElementChild
    for (const p of people) {
      const before = old.get(p.id)
      old.delete(p.id)
      const state = JSON.stringify([p, this.me])
      const busy = before?.contains(document.activeElement) ?? false
      if (before && (busy || before.dataset.state === state)) {
        if (before === at) at = at.nextElementSibling
        else if (!busy) list.insertBefore(before, at)
        if (busy && before.dataset.state !== state) this.refreshInPlace(before, p)
        before.dataset.state = state
        continue
      }
      const item = make(p)
      item.dataset.attendeeId = p.id
      item.dataset.state = state
      if (before) {
        if (before === at) at = at.nextElementSibling
        before.remove()
      }
      list.insertBefore(item, at)
    }
    for (const gone of old.values()) gone.remove()
  }

  private refreshInPlace(item: HTMLElement, p: Person): void {
    item.querySelector(".meta")?.replaceChildren(...roleMarks(p.role, p.guest ?? false, "full"))
    const select = item.querySelector("select")
    if (select) select.value = p.role
  }

  private item(p: Person): HTMLElement {
    const li = document.createElement("li")
    const avatar = Object.assign(document.createElement("span"), { className: "avatar", textContent: initials(p.name) })
    avatar.setAttribute("aria-hidden", "true")
    const who = document.createElement("div")
    who.append(Object.assign(document.createElement("b"), { textContent: p.name }))
    if (p.id === this.me.id) who.append(" ", Object.assign(document.createElement("span"), { className: "muted", textContent: word("room_you") }))
    const meta = Object.assign(document.createElement("p"), { className: "meta" })
    meta.append(...roleMarks(p.role, p.guest ?? false, "full"))
    who.append(meta)
    li.append(avatar, who)
    const actions = this.actions(p)
    if (actions) li.append(actions)
    return li
  }

  private actions(p: Person): HTMLElement | null {
    const mine = p.id === this.me.id || p.fixed
    if (mine || (this.me.role !== "host" && this.me.role !== "moderator")) return null
    const row = Object.assign(document.createElement("div"), { className: "actions" })
    if (this.me.role === "host") row.append(this.roleSelect(p))
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet small", textContent: word("room_remove") })
    remove.setAttribute("aria-label", word("room_remove_named", { name: p.name }))
    remove.addEventListener("click", () => {
      this.leaving = p.id
      this.dialog.querySelector("h2")!.textContent = word("room_remove_ask", { name: p.name })
      this.dialog.showModal()
    })
    row.append(remove)
    return row
  }

  private roleSelect(p: Person): HTMLSelectElement {
    const select = document.createElement("select")
    select.setAttribute("aria-label", word("room_role_of", { name: p.name }))
    for (const role of ["viewer", "speaker", "moderator"] as const) select.append(new Option(word(`role_${role}`), role))
    select.value = p.role
    select.addEventListener("change", () => {
      const before = this.here.get(p.id)?.role ?? p.role
      void this.act(p.id, "role", { role: select.value }).then(done => { if (!done) select.value = before })
    })
    return select
  }

  private async act(id: string, what: "role" | "remove", values: Record<string, string>): Promise<boolean> {
    const response = await api(`/e/${this.entry}/live/people/${id}/${what}`, { method: "POST", body: fields(values) }).catch(() => null)
    if (response?.ok) return true
    this.say(word("room_not_done"))
    return false
  }
}

function seat(p: Person): HTMLElement {
  const li = Object.assign(document.createElement("li"), { className: "seat" })
  const avatar = Object.assign(document.createElement("span"), { className: "avatar", textContent: initials(p.name) })
  avatar.setAttribute("aria-hidden", "true")
  li.append(avatar, Object.assign(document.createElement("span"), { className: "label", textContent: p.name }))
  return li
}
