// Small helps in forms: the schedule that an always open room does not need, the reader's time
// zone, the language switch, and the landing that goes on at once.
import { visit } from "./navigation"

/** Prepares the forms of a page. */
export function prepareForms(root: HTMLElement): void {
  for (const schedule of root.querySelectorAll("[data-schedule]")) followAlwaysOpen(schedule)
  for (const input of root.querySelectorAll<HTMLInputElement>("[data-zone]")) offerZones(input)
  for (const form of root.querySelectorAll<HTMLFormElement>("[data-language]")) switchLanguage(form)
  root.querySelector<HTMLFormElement>("form[data-go]")?.requestSubmit()
}

function followAlwaysOpen(schedule: Element): void {
  const tick = schedule.querySelector<HTMLInputElement>("[data-always-open]")
  const planned = schedule.querySelector<HTMLElement>("[data-planned]")
  if (!tick || !planned) return
  const follow = () => { planned.hidden = tick.checked }
  tick.addEventListener("change", follow)
  follow()
}

function offerZones(input: HTMLInputElement): void {
  if (!input.value) input.value = input.defaultValue = Intl.DateTimeFormat().resolvedOptions().timeZone
  input.addEventListener("focus", () => {
    const list = input.list
    if (!list || list.childElementCount) return
    list.append(...Intl.supportedValuesOf("timeZone").map(zone => new Option(zone, zone)))
  }, { once: true })
}

function switchLanguage(form: HTMLFormElement): void {
  const select = form.querySelector("select")
  const button = form.querySelector("button")
  if (!select || !button) return
  button.hidden = true
  select.addEventListener("change", () => {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `lang=${select.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
    const address = new URL(location.href)
    address.searchParams.delete("lang")
    visit(address.href)
  })
}
