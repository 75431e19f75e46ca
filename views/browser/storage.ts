// Where a browser keeps the launch's secret while the platform is asked who somebody is: our own
// localStorage (apart for each LMS) and the platform's storage by postMessage
// [1EdTech Client Side postMessages and Platform Storage 0.1].

/** The platform's storage: lti_storage_target, and the origin of its authorization address. */
export interface Place { target: string; origin: string }

interface Answer { subject: string; message_id: string; value?: unknown; error?: unknown; supported_messages?: Supported[] }
interface Supported { subject: string; frame?: string }

const patience = 1200 // ms; mobile apps advertise storage and never answer

/** Keeps a value in localStorage; false where the browser refuses. */
export function keepHere(key: string, value: string): boolean {
  try {
    localStorage.setItem(key, value)
    return localStorage.getItem(key) === value
  } catch {
    return false
  }
}

/** Takes a value out of localStorage; it is good once. */
export function takeHere(key: string): string {
  try {
    const value = localStorage.getItem(key) ?? ""
    localStorage.removeItem(key)
    return value
  } catch {
    return ""
  }
}

/** Stores a value in the platform's storage; false if it does not answer. */
export async function put(place: Place, key: string, value: string): Promise<boolean> {
  const answer = await ask(place, "put_data", { key, value })
  return answer?.value === value
}

/** Takes a value out of the platform's storage. */
export async function take(place: Place, key: string): Promise<string> {
  const answer = await ask(place, "get_data", { key })
  if (typeof answer?.value !== "string") return ""
  void ask(place, "put_data", { key, value: null })
  return answer.value
}

function host(): Window | null {
  if (window.parent !== window) return window.parent
  return window.opener as Window | null
}

let known: Promise<Supported[]> | undefined

/** What the platform says it can do; asked once. */
export function capabilities(): Promise<Supported[]> {
  const parent = host()
  if (!parent) return Promise.resolve([])
  known ??= send(parent, "*", { subject: "lti.capabilities" }).then(a => a?.supported_messages ?? [])
  return known
}

async function ask(place: Place, verb: string, data: Record<string, string | null>): Promise<Answer | undefined> {
  const parent = host()
  if (!parent) return undefined
  const offers = (await capabilities()).filter(m => m.subject === `lti.${verb}` || m.subject === `org.imsglobal.lti.${verb}`)
  const offer = offers.find(m => m.subject === `lti.${verb}`) ?? offers[0]
  if (!offer && !place.target) return undefined
  const message = { subject: offer?.subject ?? `lti.${verb}`, ...data }
  const frame = windowNamed(parent, offer?.frame || place.target)
  const answer = frame && await send(frame, place.origin, message)
  if (answer) return answer
  // Canvas in an active editor, and old versions: no storage frame, but the parent answers.
  return send(parent, "*", message)
}

function windowNamed(parent: Window, name: string): Window | null {
  if (name === "" || name === "_parent") return parent
  try {
    return (parent.frames as unknown as Record<string, Window | undefined>)[name] ?? null
  } catch {
    return null
  }
}

/**
 * Posts a message and waits for its answer. An answer counts only with our random message id, the
 * subject that belongs to it, and the origin that was asked; anything else is somebody's forgery.
 */
function send(to: Window, origin: string, message: Record<string, string | null>): Promise<Answer | undefined> {
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
