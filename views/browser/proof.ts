// The page between the platform's answer and the session: prove that this browser began the
// launch by the secret that only it can hold.
import { type Carrier, keep } from "./carrier"
import { show, showStuck, visit } from "./navigation"
import { take, takeHere } from "./storage"

interface Proof { key: string; handle: string; target: string; origin: string; failed_url: string }

/** Proves the launch if this page is the one that asks for it. */
export function startProof(): void {
  const block = document.getElementById("proof")
  if (!block) return
  const proof = JSON.parse(block.textContent ?? "") as Proof
  block.remove()
  prove(proof).catch(showStuck)
}

async function prove(proof: Proof): Promise<void> {
  const secret = takeHere(proof.key).split(" ")[0] || await take(proof, proof.key)
  const response = await fetch("/lti/launch/proof", {
    method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json, text/html" },
    body: JSON.stringify({ handle: proof.handle, secret, framed: window.top !== window }),
  })
  if (!response.ok) { // the answer says why and has the reference
    if (response.headers.get("Content-Type")?.startsWith("text/html")) await show(response)
    else if (proof.failed_url) location.replace(proof.failed_url)
    else showStuck()
    return
  }
  const carrier = await response.json() as Carrier
  if (!carrier.token) { // at top level the answer has set a cookie
    location.replace(carrier.url)
    return
  }
  keep(carrier)
  visit(carrier.url)
}
