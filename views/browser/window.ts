// A live room in a frame to which the LMS grants no camera and microphone offers a window of its
// own. The frame's session goes along by a code that is good once, because no cookie does.
import { api, fields } from "./api"
import { announce, word } from "./words"

interface Policy { allowsFeature(name: string): boolean }

/** Whether a camera and a microphone can work on this page, as far as the browser tells. */
function granted(): boolean {
  const { featurePolicy, permissionsPolicy } = document as { featurePolicy?: Policy; permissionsPolicy?: Policy }
  const policy = permissionsPolicy ?? featurePolicy
  return policy?.allowsFeature("camera") === true && policy.allowsFeature("microphone")
}

/** Shows what a page offers where its frame has no camera and microphone. */
export function offerWindow(page: HTMLElement): void {
  if (window.parent === window || granted()) return
  for (const offer of page.querySelectorAll<HTMLElement>("[data-window-offer]")) offer.hidden = false
}

/** Listens for the buttons that open a room in a window of its own. */
export function listenToWindows(): void {
  document.addEventListener("submit", e => {
    const form = (e.target as Element).closest<HTMLFormElement>("form[data-window]")
    if (!form) return
    e.preventDefault()
    e.stopImmediatePropagation()
    void open(form)
  }, true)
}

async function open(form: HTMLFormElement): Promise<void> {
  // Now, while the click counts; the code comes later.
  const opened = window.open("about:blank", form.target)
  const response = await api(form.dataset.window ?? "", { method: "POST", body: fields({}) }).catch(() => null)
  if (!opened || !response?.ok) {
    opened?.close()
    const line = form.querySelector<HTMLElement>("[data-window-failed]")
    if (line) line.hidden = false
    announce(word("window_failed"))
    return
  }
  const { code } = await response.json() as { code: string }
  form.querySelector<HTMLInputElement>("[name=code]")!.value = code
  form.submit()
}
