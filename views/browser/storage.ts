// Where a browser keeps the launch's secret while the platform is asked who somebody is: our own
// localStorage (apart for each LMS) and the platform's storage by postMessage
// [1EdTech Client Side postMessages and Platform Storage 0.1].

import { type Answer, capabilities, host, send } from "./platform"

/** The platform's storage: lti_storage_target, and the origin of its authorization address. */
export interface Place { target: string; origin: string }

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

/**
 * Asks the platform's storage. What is said holds the secret, so that only the platform's own origin
 * may hear it, whichever window it lives in.
 */
async function ask(place: Place, verb: string, data: Record<string, string | null>): Promise<Answer | undefined> {
  const parent = host()
  if (!parent || !place.origin) return undefined
  const offers = (await capabilities()).filter(m => m.subject === `lti.${verb}` || m.subject === `org.imsglobal.lti.${verb}`)
  const offer = offers.find(m => m.subject === `lti.${verb}`) ?? offers[0]
  if (!offer && !place.target) return undefined
  const message = { subject: offer?.subject ?? `lti.${verb}`, ...data }
  const frame = windowNamed(parent, offer?.frame || place.target)
  const answer = frame && await send(frame, place.origin, message)
  if (answer || frame === parent) return answer ?? undefined
  // In an active editor there is no storage frame, but the page around may be the platform's own.
  return send(parent, place.origin, message)
}

function windowNamed(parent: Window, name: string): Window | null {
  if (name === "" || name === "_parent") return parent
  try {
    return (parent.frames as unknown as Record<string, Window | undefined>)[name] ?? null
  } catch {
    return null
  }
}
