// The first page of a launch that begins in a frame: keep the secret S in every place that works,
// then ask the platform. Where no place works, offer a window of its own before the platform is
// asked, because its hints are good once.
import { capabilities } from "./platform"
import { keepHere, put } from "./storage"

interface Login { key: string; secret: string; auth_url: string; target: string; origin: string; probe: string; window_url: string }

async function begin(login: Login): Promise<void> {
  if (window.top === window || await keepSomewhere(login)) {
    location.replace(login.auth_url)
    return
  }
  document.querySelector("[data-waiting]")?.remove()
  const stuck = document.querySelector<HTMLElement>("[data-stuck]")
  if (stuck) stuck.hidden = false
  stuck?.querySelector<HTMLElement>("h2")?.focus()
}

async function keepSomewhere(login: Login): Promise<boolean> {
  sweep()
  const here = keepHere(login.key, `${login.secret} ${Date.now()}`)
  const cookie = login.probe !== "" && document.cookie.split("; ").some(c => c.startsWith(`${login.probe}=`))
  // Without a named target the platform is only asked where nothing else is left: that costs time.
  if (login.target === "" && (here || cookie)) return true
  if (login.target === "" && (await capabilities()).length === 0) return false
  return await put(login, login.key, login.secret) || here || cookie
}

/** Removes secrets of launches that never came back. */
function sweep(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      const time = Number(localStorage.getItem(key)?.split(" ")[1])
      if (key.startsWith("usher.lti.") && !(Date.now() - time < 600_000)) localStorage.removeItem(key)
    }
  } catch { /* no storage, nothing to sweep */ }
}

const block = document.getElementById("login")
if (block) void begin(JSON.parse(block.textContent ?? "") as Login)
