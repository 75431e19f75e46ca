// Dialogs. Buttons open and close them by the command attribute, which older browsers lack; the
// dialog Invite users is filled by a turbo-frame.
import { refresh } from "./navigation"
import { menuOpener } from "./menu"

const inDialog = (e: Event) => (e.target as Element).closest("dialog")

/** Listens for all dialogs of all pages. */
export function listenToDialogs(): void {
  if (!("commandForElement" in HTMLButtonElement.prototype)) document.addEventListener("click", command)
  document.addEventListener("click", opens)
  document.addEventListener("click", closes)
  document.addEventListener("close", closed, true)
  document.addEventListener("turbo:frame-load", loaded)
  document.addEventListener("turbo:submit-end", submitted)
}

function command(e: Event): void {
  const button = (e.target as Element).closest("[commandfor]")
  const dialog = document.getElementById(button?.getAttribute("commandfor") ?? "")
  if (!(dialog instanceof HTMLDialogElement)) return
  if (button?.getAttribute("command") === "close") dialog.close()
  else dialog.showModal()
}

// Who used a link that opens a dialog; the dialog opens when its frame has come.
let trigger: HTMLElement | null = null
let changed = false

function opens(e: MouseEvent): void {
  const link = (e.target as Element).closest<HTMLElement>("[data-opens]")
  if (!link || e.metaKey || e.ctrlKey || e.shiftKey) return
  trigger = link.closest("[role=menu]") ? menuOpener() : link
  changed = false
}

function closes(e: Event): void {
  if (!(e.target as Element).closest("[data-closes]")) return
  const dialog = inDialog(e)
  if (!dialog) return
  e.preventDefault()
  e.stopPropagation()
  dialog.close()
}

function loaded(e: Event): void {
  const frame = e.target as HTMLElement
  const dialog = frame.closest("dialog")
  const field = frame.querySelector<HTMLElement>("[aria-invalid=true]") ?? frame.querySelector<HTMLElement>("input:not([type=hidden]):not([readonly])")
  if (dialog && !dialog.open) {
    dialog.showModal()
    field?.focus()
    // In a tall frame the window's middle is out of sight.
    dialog.scrollIntoView?.({ block: "nearest" })
    return
  }
  if (frame.querySelector("form[data-invite]")) field?.focus()
  else frame.querySelector<HTMLElement>("h2[tabindex]")?.focus()
}

function submitted(e: Event): void {
  if (inDialog(e) && (e as CustomEvent).detail.success) changed = true
}

function closed(e: Event): void {
  const dialog = e.target as HTMLElement
  if (dialog.hasAttribute("data-frame-dialog")) {
    const frame = dialog.querySelector("turbo-frame")
    frame?.removeAttribute("src")
    frame?.replaceChildren()
    if (changed) refresh()
    changed = false
  }
  const back = trigger?.isConnected ? trigger : menuOpener()
  trigger = null
  if (!document.activeElement || document.activeElement === document.body || !(document.activeElement as HTMLElement).checkVisibility?.()) back?.focus()
}
