// Tabs of the room: one of them can be reached by Tab, the others by the arrow keys.

/** Makes the tabs below root work; the returned function stops them. */
export function followTabs(root: HTMLElement): () => void {
  const tabs = [...root.querySelectorAll<HTMLElement>("[role=tab]")]
  const stopping = new AbortController()
  const choose = (chosen: HTMLElement) => {
    for (const tab of tabs) {
      const is = tab === chosen
      tab.setAttribute("aria-selected", String(is))
      tab.tabIndex = is ? 0 : -1
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "")
      if (panel) panel.hidden = !is
    }
    // The composer belongs to the chat.
    const composer = root.querySelector<HTMLElement>("[data-composer]")
    if (composer) composer.hidden = chosen.id !== "t-chat"
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab), { signal: stopping.signal })
    tab.addEventListener("keydown", e => {
      const to = target(tabs, tabs.indexOf(tab), e.key)
      if (!to) return
      e.preventDefault()
      choose(to)
      to.focus()
    }, { signal: stopping.signal })
  }
  return () => stopping.abort()
}

function target(tabs: HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight"
  const back = forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight"
  switch (key) {
    case forward: return tabs[(at + 1) % tabs.length]
    case back: return tabs.at((at - 1) % tabs.length)
    case "Home": return tabs[0]
    case "End": return tabs.at(-1)
    default: return undefined
  }
}
