// The live room. app.ts loads this module on pages with data-page="room".

/** Runs the room below root; the returned function leaves it. */
export function start(root: HTMLElement): () => void {
  const tabs = root.querySelectorAll<HTMLElement>("[role=tab]")
  const choose = (e: Event) => {
    for (const tab of tabs) {
      const chosen = tab === e.currentTarget
      tab.setAttribute("aria-selected", String(chosen))
      tab.tabIndex = chosen ? 0 : -1
      const panel = document.getElementById(tab.getAttribute("aria-controls") ?? "")
      if (panel) panel.hidden = !chosen
    }
  }
  for (const tab of tabs) tab.addEventListener("click", choose)
  return () => { for (const tab of tabs) tab.removeEventListener("click", choose) }
}
