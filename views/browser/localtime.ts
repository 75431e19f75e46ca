// Times in the reader's own zone. The server writes them in the zone of those who planned them,
// which stands where scripts do not run; <time data-local="form"> is rewritten here.
import { word } from "./words"

type Parts = Record<string, string>

const locale = () => document.documentElement.lang === "ar" ? "ar-u-nu-latn" : "en-GB"
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone

function parts(date: Date, options: Intl.DateTimeFormatOptions, timeZone = zone()): Parts {
  const format = new Intl.DateTimeFormat(locale(), { hourCycle: "h23", timeZone, ...options })
  return Object.fromEntries(format.formatToParts(date).map(p => [p.type, p.value]))
}

const comma = () => document.documentElement.lang === "ar" ? "، " : ", "

function clock(date: Date, timeZone = zone()): string {
  const p = parts(date, { hour: "2-digit", minute: "2-digit" }, timeZone)
  return `${p.hour}:${p.minute}`
}

function day(date: Date, width: "short" | "long"): string {
  const p = parts(date, { weekday: width, day: "numeric", month: width, year: "numeric" })
  return `${p.weekday} ${p.day} ${p.month} ${p.year}`
}

const city = (name: string) => name.includes("/") ? name.slice(name.lastIndexOf("/") + 1).replaceAll("_", " ") : ""

/** "CET"; zones that this language has no letters for get their city: "GMT-5 (New York)". */
function zoneShort(date: Date): string {
  const name = parts(date, { hour: "2-digit", timeZoneName: "short" }).timeZoneName ?? ""
  return /\d/.test(name) && city(zone()) ? `${name} (${city(zone())})` : name
}

function range(start: Date, end: Date | null, width: "short" | "long"): string {
  let text = day(start, width) + comma() + clock(start)
  if (!end) return text
  text += "–"
  if (day(end, "short") !== day(start, "short")) text += day(end, width) + comma()
  return text + clock(end)
}

/** What a <time> says in the reader's zone; the form is that of its data-local attribute. */
function say(form: string, start: Date, end: Date | null): string {
  switch (form) {
    case "span": return `${range(start, end, "short")} ${zoneShort(start)}`
    case "long": return range(start, end, "long")
    case "hours": return `${clock(start)}${end ? `–${clock(end)}` : ""} ${zoneShort(start)}`
    case "clock": return clock(start)
    case "month": return parts(start, { month: "short" }).month ?? ""
    case "date": return parts(start, { day: "numeric" }).day ?? ""
    default: return ""
  }
}

/** Rewrites the times below root. */
export function showLocalTimes(root: HTMLElement): void {
  for (const e of root.querySelectorAll<HTMLElement>("[data-local]")) {
    const time = e.closest("time")
    const start = new Date(time?.dateTime ?? "")
    if (Number.isNaN(start.getTime())) continue
    const end = time?.dataset.end ? new Date(time.dataset.end) : null
    const text = say(e.dataset.local ?? "", start, end)
    if (text) e.textContent = text
  }
  for (const e of root.querySelectorAll<HTMLElement>("[data-zone-note]")) zoneNote(e)
}

/** "Your time, Central European Time (Oslo). 14:00 for the hosts in London." */
function zoneNote(e: HTMLElement): void {
  const start = new Date(e.dataset.hosts ?? "")
  if (Number.isNaN(start.getTime())) return
  const generic = parts(start, { hour: "2-digit", timeZoneName: "longGeneric" }).timeZoneName ?? zone()
  const mine = city(zone())
  const name = /[+\d]/.test(generic) ? zoneShort(start) : mine ? `${generic} (${mine})` : generic
  let text = word("your_time", { zone: name })
  const theirs = e.dataset.hostsZone ?? ""
  try {
    if (city(theirs) && clock(start, theirs) !== clock(start)) text += ` ${word("hosts", { time: clock(start, theirs), city: city(theirs) })}`
  } catch { /* a zone this browser does not know */ }
  e.textContent = text
}
