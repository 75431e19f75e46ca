// Requests that scripts make by themselves. Navigation and forms are Turbo's, see navigation.ts.
import { bearer } from "./carrier"

/**
 * fetch with the carrier and the identity that this page was made for. A POST whose identity is
 * no longer current is answered by 409.
 */
export function api(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  if (!headers.has("Accept")) headers.set("Accept", "application/json")
  const identity = document.body.dataset.identity
  if (identity) headers.set("Usher-Identity", identity)
  if (bearer()) headers.set("Authorization", `Bearer ${bearer()}`)
  return fetch(path, { ...init, headers, credentials: bearer() ? "omit" : "same-origin", cache: "no-store" })
}

/** The body of a POST in the name of the identity that this page was made for. */
export function fields(values: Record<string, string>): URLSearchParams {
  const identity = document.body.dataset.identity
  return new URLSearchParams(identity ? { ...values, identity } : values)
}
