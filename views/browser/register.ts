// The pages on which a platform registers Usher: tell it that they can be closed.

/** Closes the platform's dialog at once where all is done, and by the buttons that say so. */
export function prepareRegistration(page: HTMLElement): void {
  if (page.querySelector("[data-lti-close-now]")) close()
  for (const button of page.querySelectorAll("[data-lti-close]")) button.addEventListener("click", close)
}

function close(): void {
  const platform = (window.opener as Window | null) ?? window.parent
  if (platform !== window) platform.postMessage({ subject: "org.imsglobal.lti.close" }, "*") // no secret, and the platform's origin may be any
}
