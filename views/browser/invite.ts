// The field Email of Invite users: suggestions from two letters on, and a word about domains that
// are not allowed, while somebody types.
import Combobox from "@github/combobox-nav"
import { api } from "./api"
import { announce, word } from "./words"

interface Suggestion { person_id: string; name: string; first: string; last: string; email: string; shared: boolean; known: string; role?: string }
interface Answer { people?: Suggestion[]; blocked?: string; role?: string }

/** Prepares the invite forms below root. */
export function prepareInvite(root: HTMLElement): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-invite]:not([data-ready])")) {
    form.dataset.ready = ""
    new InviteForm(form).listen()
  }
}

class InviteForm {
  private readonly email: HTMLInputElement
  private readonly list: HTMLElement
  private readonly combobox: Combobox
  private asked = new AbortController()
  private timer = 0
  private chosen = false
  private typeChosen = false

  constructor(private readonly form: HTMLFormElement) {
    this.email = this.field("email")
    this.list = form.querySelector<HTMLElement>("[role=listbox]")!
    this.combobox = new Combobox(this.email, this.list, { firstOptionSelectionMode: "none" })
  }

  listen(): void {
    this.email.addEventListener("input", () => this.typed())
    this.email.addEventListener("blur", () => setTimeout(() => this.close(), 150))
    this.email.addEventListener("keydown", e => {
      if (e.key !== "Escape" || this.list.hidden) return
      e.preventDefault() // the first Esc closes the suggestions, not the dialog
      e.stopPropagation()
      this.close()
    }, true)
    // Tools that type for people send a press of its own after the keydown that chose somebody.
    this.email.addEventListener("keypress", e => { if (e.key === "Enter" && this.chosen) e.preventDefault() })
    this.email.addEventListener("keyup", () => { this.chosen = false })
    this.form.addEventListener("change", e => { this.typeChosen ||= (e.target as HTMLInputElement).name === "role" })
    this.list.addEventListener("combobox-commit", e => this.choose((e.target as HTMLElement).dataset))
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement
  }

  private typed(): void {
    this.field("person").value = ""
    this.email.placeholder = ""
    clearTimeout(this.timer)
    this.asked.abort()
    const q = this.email.value.trim()
    if (q.length < 2) {
      this.close()
      this.say("")
      return
    }
    this.timer = window.setTimeout(() => void this.ask(q), 150)
  }

  private async ask(q: string): Promise<void> {
    this.asked = new AbortController()
    try {
      const response = await api(`${this.form.dataset.suggest}?q=${encodeURIComponent(q)}`, { signal: this.asked.signal })
      if (!response.ok) return
      const body = await response.json() as Answer | Suggestion[]
      const answer = Array.isArray(body) ? { people: body } : body
      this.say(answer.blocked ? word("blocked", { domain: answer.blocked }) : "")
      this.type(answer.role)
      this.offer(answer.people ?? [], q)
    } catch { /* typing went on, or no connection: suggestions are a help, not a need */ }
  }

  private say(text: string): void {
    const error = this.form.querySelector<HTMLElement>("[data-email-error]")
    if (!error) return
    error.hidden = text === ""
    error.querySelector("span")!.textContent = text
    if (text) this.email.setAttribute("aria-invalid", "true")
    else this.email.removeAttribute("aria-invalid")
  }

  private offer(people: Suggestion[], q: string): void {
    this.list.replaceChildren(...people.map((p, i) => option(p, i, q)))
    if (people.length === 0 || document.activeElement !== this.email) {
      this.close()
      return
    }
    if (this.list.hidden) {
      this.list.hidden = false
      this.combobox.start()
    }
    announce(word("suggestions", { count: people.length }))
  }

  /**
   * Begins with the role that somebody has already, so that nobody is lowered by accident. An
   * answer that comes late leaves alone what was chosen by hand.
   */
  private type(role: string | undefined): void {
    if (this.typeChosen) return
    const choice = role ? this.form.querySelector<HTMLInputElement>(`[name=role][value="${CSS.escape(role)}"]`) : null
    if (choice) choice.checked = true
  }

  private close(): void {
    if (this.list.hidden) return
    this.list.hidden = true
    this.combobox.stop()
  }

  private choose(p: DOMStringMap): void {
    this.chosen = true
    this.email.value = p.email ?? ""
    this.email.placeholder = p.email ? "" : word("not_shared")
    this.field("first").value = p.first ?? ""
    this.field("last").value = p.last ?? ""
    this.field("person").value = p.person ?? ""
    this.type(p.role)
    this.say("")
    this.close()
  }
}

function option(p: Suggestion, index: number, q: string): HTMLElement {
  const row = document.createElement("div")
  row.role = "option"
  row.id = `suggestion-${index}`
  Object.assign(row.dataset, { email: p.shared ? p.email : "", first: p.first, last: p.last, person: p.person_id, role: p.role ?? "" })
  const name = document.createElement("span")
  const bold = document.createElement("b")
  bold.append(...marked(p.name, q))
  const address = document.createElement("small")
  const isolated = document.createElement("bdi")
  isolated.textContent = p.shared && p.email ? p.email : word("not_shared")
  address.append(isolated)
  name.append(bold, document.createElement("br"), address)
  row.append(avatar(p.name), name, small(known(p.known)))
  return row
}

function known(from: string): string {
  if (from === "course") return word("in_course")
  return from === "invited" ? word("invited_before") : word("known")
}

function small(text: string): HTMLElement {
  return Object.assign(document.createElement("small"), { textContent: text })
}

function avatar(name: string): HTMLElement {
  const words = name.trim().split(/\s+/)
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map(w => Array.from(w ?? "")[0] ?? "").join("")
  const mark = Object.assign(document.createElement("span"), { className: "avatar", textContent: letters.toUpperCase() })
  mark.setAttribute("aria-hidden", "true")
  return mark
}

/** Marks where a name begins like what was typed. */
function marked(name: string, q: string): (string | Node)[] {
  const at = ` ${name.toLowerCase()}`.indexOf(` ${q.toLowerCase()}`)
  if (at < 0) return [name]
  const mark = Object.assign(document.createElement("mark"), { textContent: name.slice(at, at + q.length) })
  return [name.slice(0, at), mark, name.slice(at + q.length)]
}
