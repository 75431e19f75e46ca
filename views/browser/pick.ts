// The content picker: finding rooms while typing, the count of those that are chosen, and the answer
// that goes out by itself.
import { word } from "./words"

/** Prepares the picker, and sends a form that only passes on what was chosen. */
export function preparePick(root: HTMLElement): void {
  const form = root.querySelector<HTMLFormElement>("form[data-pick]")
  if (form) {
    prepareSearch(form)
    prepareCount(form)
  }
  // Without Turbo, whose fetch cannot leave for another site.
  root.querySelector<HTMLFormElement>("form[name=deliver]")?.submit()
}

const folded = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase()

function prepareSearch(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLInputElement>("[data-pick-search]")
  const none = form.querySelector<HTMLElement>("[data-pick-none]")
  if (!field || field.value) return // what the server searched for, it searches again
  const rows = [...form.querySelectorAll<HTMLElement>(".pick > li")]
    .map(row => ({ row, title: folded(row.querySelector("b")?.textContent ?? "") }))
  field.addEventListener("input", () => {
    const words = folded(field.value).split(/\s+/)
    for (const { row, title } of rows) row.hidden = !words.every(w => title.includes(w))
    if (none) none.hidden = rows.some(({ row }) => !row.hidden)
  })
  form.addEventListener("submit", e => { // Enter in the field: it has searched already
    if ((e.submitter as HTMLButtonElement | null)?.name === "search") e.preventDefault()
  }, { capture: true })
}

function prepareCount(form: HTMLFormElement): void {
  const count = form.querySelector<HTMLElement>("[data-pick-count]")
  const add = form.querySelector<HTMLElement>("[data-pick-add]")
  if (!count || !add) return
  const several = add.textContent ?? ""
  const tell = () => {
    const n = form.querySelectorAll("[name=entry]:checked").length
    count.textContent = word("pick_chosen", { count: n })
    if (form.querySelector("[name=entry][type=checkbox]")) {
      add.textContent = n === 0 ? several : n === 1 ? word("pick_add_one") : word("pick_add", { count: n })
    }
  }
  form.addEventListener("change", tell)
  tell()
}
