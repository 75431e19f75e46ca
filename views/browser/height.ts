// Asks the LMS for the height of the content, where it answers; elsewhere nobody hears it.

const least = 640 // px while a dialog is open: it has to fit

/** Follows the height of the page; the returned function stops it. */
export function followHeight(root: HTMLElement): () => void {
  if (window.parent === window || root.dataset.framed === undefined || root.dataset.page === "room") return () => {}
  let last = 0
  const tell = () => {
    const content = Math.ceil(root.getBoundingClientRect().height)
    const height = root.querySelector("dialog[open]") ? Math.max(content, least) : content
    if (height === last) return
    last = height
    window.parent.postMessage({ subject: "lti.frameResize", height }, "*") // a number, no secret
  }
  const observer = new ResizeObserver(tell)
  observer.observe(root)
  root.addEventListener("toggle", tell, true)
  return () => {
    observer.disconnect()
    root.removeEventListener("toggle", tell, true)
  }
}
