// Copy buttons: [data-copy] holds an input or [data-copy-text], and a button. Some LMS frames
// grant no clipboard, so the second way is to mark the text and copy the selection, the third to
// say how to copy what is marked.
import { word } from "./words"

/** Listens for all copy buttons of all pages. */
export function listenToCopying(): void {
  document.addEventListener("click", e => {
    const button = (e.target as Element).closest<HTMLButtonElement>("[data-copy] button")
    if (button) void copy(button)
  })
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const box = button.closest<HTMLElement>("[data-copy]")
  const field = box?.querySelector<HTMLInputElement>("input")
  const text = field?.value ?? box?.querySelector("[data-copy-text]")?.textContent ?? ""
  const done = await write(text) || bySelection(box, field)
  const status = box?.parentElement?.querySelector("[data-copy-status]")
  if (status) status.textContent = done ? word("copied_status") : word("copy_by_hand")
  if (done) flash(button)
}

async function write(text: string): Promise<boolean> {
  // A frame without the permission would only write a line into the console.
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(name: string): boolean } }
  if (featurePolicy?.allowsFeature("clipboard-write") === false) return false
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

function bySelection(box: HTMLElement | null | undefined, field: HTMLInputElement | null | undefined): boolean {
  if (field) {
    field.focus()
    field.select()
  } else {
    const target = box?.querySelector("[data-copy-text]")
    if (target) getSelection()?.selectAllChildren(target)
  }
  try { return document.execCommand("copy") } catch { return false }
}

function flash(button: HTMLButtonElement): void {
  const label = button.querySelector("span")
  if (!label || button.dataset.label) return
  button.dataset.label = label.textContent ?? ""
  label.textContent = word("copied")
  setTimeout(() => {
    label.textContent = button.dataset.label ?? ""
    delete button.dataset.label
  }, 2000)
}
