// Keys in menus (popover and Esc are the browser's), and where focus goes after a dialog.

let opener: HTMLElement | null = null

const items = (menu: Element) => Array.from(menu.querySelectorAll<HTMLElement>("[role=menuitem]"))

/** Listens for all menus of all pages. */
export function listenToMenus(): void {
  document.addEventListener("toggle", e => {
    const menu = e.target as HTMLElement
    if (menu.role !== "menu" || (e as ToggleEvent).newState !== "open") return
    opener = document.querySelector(`[popovertarget="${menu.id}"]`)
    items(menu)[0]?.focus()
  }, true)
  document.addEventListener("keydown", move)
  document.addEventListener("click", e => {
    const item = (e.target as Element).closest<HTMLElement>("[role=menu] [role=menuitem]")
    item?.closest<HTMLElement>("[popover]")?.hidePopover()
  })
}

function move(e: KeyboardEvent): void {
  const item = (e.target as Element).closest?.<HTMLElement>("[role=menuitem]")
  const menu = item?.closest<HTMLElement>("[role=menu]")
  if (!item || !menu) return
  const all = items(menu)
  const at = all.indexOf(item)
  const next: Record<string, number> = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 }
  if (e.key === "Tab") menu.hidePopover()
  const to = next[e.key]
  if (to === undefined) return
  e.preventDefault()
  all[to]?.focus()
}

/** The button of the menu that was used last: dialogs opened from it give the focus back to it. */
export const menuOpener = (): HTMLElement | null => opener?.isConnected ? opener : null
