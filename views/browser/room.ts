// The live room. app.ts loads this module on pages with data-page="room", and watches the door
// with it on the page of an entry that is not open.
import { listen, type Role, type RoomEvent } from "./connection"
import { refresh, visit } from "./navigation"
import { People } from "./people"
import { Story } from "./story"
import { followTabs } from "./tabs"
import { Talk } from "./talk"
import { word } from "./words"

/** Several hundred pages must not ask for themselves in the same moment. */
const apart = (most: number, what: () => void) => window.setTimeout(what, most * Math.random())

/** A loss of connection shorter than this is nobody's business. */
const unnoticed = 1500

/** Runs the room below root; the returned function leaves it. */
export function start(root: HTMLElement): () => void {
  const side = root.querySelector<HTMLElement>("[data-room]")
  if (!side) return () => {}
  const room = new Room(root, side)
  return () => room.stop()
}

/** Waits outside an entry and goes on by itself: to its opening, its end, another role. */
export function watch(entry: string): () => void {
  let me = ""
  const again = (e: RoomEvent) => {
    const mine = e.attendee === me
    if (e.kind === "removed" || e.kind === "withdrawn") { if (mine) visit(location.href) }
    else if (e.kind !== "role" || mine) apart(800, refresh)
  }
  let first = true
  return listen(entry, "door", {
    connected(attendee) {
      me = attendee
      if (!first) apart(800, refresh) // whatever happened meanwhile
      first = false
    },
    lost() {},
    gone() {},
    event: again,
    people() {},
  })
}

class Room {
  private talk: Talk | null
  private people: People
  private story: Story
  private stops: (() => void)[]
  private lostTimer = 0
  private role: Role
  private open: boolean
  private over = false

  constructor(private root: HTMLElement, private side: HTMLElement) {
    const entry = side.dataset.room ?? ""
    this.role = (root.dataset.attendee ?? "viewer") as Role
    this.open = side.dataset.open === "true"
    this.talk = root.querySelector("[data-composer]") ? new Talk(root, entry, () => ({
      name: side.dataset.name ?? "", guest: side.dataset.guest === "true", role: this.role,
    })) : null
    this.people = new People(root, entry, text => this.toast(text))
    this.people.me = { id: side.dataset.me ?? "", role: this.role }
    this.story = new Story(entry, Number(side.dataset.seq ?? 0), e => this.follow(e))
    root.addEventListener("submit", this.leaves)
    this.stops = [() => root.removeEventListener("submit", this.leaves), followTabs(side), listen(entry, "room", {
      connected: (attendee, role) => this.connected(attendee, role),
      lost: () => this.lost(),
      gone: () => this.gone(),
      event: e => this.story.take(e),
      people: change => this.people.change(change),
    })]
  }

  stop(): void {
    this.over = true
    clearTimeout(this.lostTimer)
    for (const stop of this.stops) stop()
    this.story.stop()
    this.people.stop()
    this.talk?.stop()
  }

  /** Somebody leaves: the closed connection is no news, and the answer must not be overtaken. */
  private leaves = (e: Event): void => {
    if (new URL((e.target as HTMLFormElement).action).pathname.endsWith("/leave")) this.over = true
  }

  private connected(attendee: string, role: Role): void {
    this.people.me = { id: attendee, role }
    clearTimeout(this.lostTimer)
    if (this.side.dataset.lost !== undefined) {
      delete this.side.dataset.lost
      this.line(word("room_back"))
      window.setTimeout(() => this.line(""), 4000)
    }
    this.become(role)
    void this.story.catchUp()
    void this.people.load()
    this.talk?.resend()
  }

  private lost(): void {
    clearTimeout(this.lostTimer)
    this.lostTimer = window.setTimeout(() => {
      this.side.dataset.lost = ""
      this.line(word("room_lost"))
    }, unnoticed)
  }

  /** The server refuses this page a place; asked for the page itself, it says why. */
  private gone(): void {
    if (this.over) return // an event and the closed connection both say it
    this.over = true
    clearTimeout(this.lostTimer)
    this.talk?.allow(false)
    visit(location.href)
  }

  private follow(e: RoomEvent): void {
    const mine = e.attendee === this.people.me.id
    switch (e.kind) {
      case "chat": this.talk?.add(e); break
      case "role":
        if (e.attendee && e.data.role) this.people.role(e.attendee, e.data.role)
        if (mine && e.data.role) this.become(e.data.role)
        break
      case "removed":
      case "withdrawn":
        if (mine) this.gone()
        else this.people.change({ left: [e.attendee ?? ""] })
        break
      case "opened":
        this.open = true
        this.talk?.allow(true)
        this.line("")
        apart(800, () => { if (!this.over) refresh() })
        break
      case "ended": this.end(); break
      case "changed": apart(1500, () => { if (!this.over) refresh() }); break
    }
  }

  /** This person's role is another one now. */
  private become(role: Role): void {
    this.people.me = { ...this.people.me, role }
    if (role === this.role) return
    this.role = role
    this.root.dataset.attendee = role
    this.people.show()
    this.toast(word(`room_now_${role}`))
    if (!this.open && role === "viewer") visit(location.href) // rehearsals are not for viewers
  }

  private end(): void {
    this.talk?.allow(false)
    this.root.querySelector(".live-mark")?.classList.add("quiet")
    const stage = this.root.querySelector(".theatre .seat p")
    if (stage) stage.textContent = word("room_ended")
    this.line(word("room_ended"))
  }

  /** A line of its own that stays, above the composer; empty takes it away. */
  private line(text: string): void {
    const line = this.side.querySelector<HTMLElement>("[data-line]")
    if (!line) return
    line.textContent = text
    line.classList.toggle("hidden-text", text === "")
  }

  /** A note on the stage until somebody dismisses it. */
  private toast(text: string): void {
    const place = this.root.querySelector<HTMLElement>("[data-toasts]")
    const template = this.root.querySelector<HTMLTemplateElement>("#toast")
    if (!place || !template) return
    place.replaceChildren(template.content.cloneNode(true))
    const toast = place.firstElementChild as HTMLElement
    toast.querySelector("button")?.addEventListener("click", () => toast.remove())
    // Readers announce what changes in a region that is there already.
    window.setTimeout(() => { toast.querySelector("[data-text]")!.textContent = text }, 50)
  }
}
