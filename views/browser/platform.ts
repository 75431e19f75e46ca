// Messages between our frame and the LMS around it [1EdTech Client Side postMessages 0.1].

export interface Answer { subject: string; message_id: string; value?: unknown; error?: unknown; height?: unknown; supported_messages?: Supported[] }
export interface Supported { subject: string; frame?: string }
export type Message = { subject: string } & Record<string, string | number | null>

const patience = 2000 // ms; mobile apps advertise storage and never answer

/** The window around us, or the one that opened us; null in a tab of its own. */
export function host(): Window | null {
  if (window.parent !== window) return window.parent
  return window.opener as Window | null
}

let known: Promise<Supported[]> | undefined

/** What the platform says it can do; asked once. The question holds nothing, so anybody may hear it. */
export function capabilities(): Promise<Supported[]> {
  const parent = host()
  if (!parent) return Promise.resolve([])
  known ??= send(parent, "*", { subject: "lti.capabilities" }).then(a => Array.isArray(a?.supported_messages) ? a.supported_messages : [])
  return known
}

/**
 * Posts a message and waits for its answer. An answer counts only with our random message id, the
 * subject that belongs to it, and the origin that was asked; anything else is somebody's forgery.
 */
export function send(to: Window, origin: string, message: Message): Promise<Answer | undefined> {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, "0")).join("")
  return new Promise(resolve => {
    const finish = (answer?: Answer) => {
      clearTimeout(timer)
      window.removeEventListener("message", listen)
      resolve(answer)
    }
    const listen = (e: MessageEvent) => {
      const answer = e.data as Answer | null
      if (typeof answer !== "object" || answer?.message_id !== id || answer.subject !== `${message.subject}.response`) return
      if (origin !== "*" && e.origin !== origin) return
      finish(answer.error ? undefined : answer)
    }
    const timer = setTimeout(finish, patience)
    window.addEventListener("message", listen)
    try { to.postMessage({ ...message, message_id: id }, origin) } catch { finish() }
  })
}
