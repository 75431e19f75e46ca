// Texts for what scripts say. The page brings them in its own language, see layout.html.

/** A text of the catalogue's "js." part; {name} is replaced by the value of that name. */
export function word(key: string, values: Record<string, string | number> = {}): string {
  const block = document.getElementById("words")
  const all = JSON.parse(block?.textContent || "{}") as Record<string, string>
  return (all[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Says something to screen readers without moving the focus. */
export function announce(text: string): void {
  let region = document.getElementById("announcer")
  if (!region) {
    region = document.createElement("div")
    region.id = "announcer"
    region.className = "hidden-text"
    region.setAttribute("role", "status")
    document.documentElement.append(region) // outside the body, which visits replace
  }
  region.textContent = ""
  const target = region
  setTimeout(() => { target.textContent = text }, 50)
}
