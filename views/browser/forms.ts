// Small helps in forms: the schedule that an always open room does not need, the reader's time
// zone, the language switch, and the landing that goes on at once.
import { visit } from "./navigation"

/** Prepares the forms of a page. */
export function prepareForms(root: HTMLElement): void {
  for (const schedule of root.querySelectorAll<HTMLElement>("[data-schedule]")) {
    followAlwaysOpen(schedule)
    if (schedule.dataset.suggested !== undefined) suggest(schedule)
  }
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

/** Brings the schedule that the server suggests into the reader's own zone: the next hour. */
function suggest(schedule: HTMLElement): void {
  delete schedule.dataset.suggested
  const field = (name: string, value: string) => {
    const input = schedule.querySelector<HTMLInputElement>(`[name=${name}]`)
    if (input) input.value = input.defaultValue = value
  }
  const hour = new Date()
  hour.setMinutes(0, 0, 0)
  for (const name of ["starts_at", "ends_at"]) {
    hour.setTime(hour.getTime() + 3_600_000)
    field(name, wall(hour))
  }
  field("time_zone", Intl.DateTimeFormat().resolvedOptions().timeZone)
}

/** A moment as the value of a field for local times. */
function wall(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0")
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
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
