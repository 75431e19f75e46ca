// The connection that brings what happens in an entry. It only listens; whatever somebody does
// goes by an ordinary request.
import { Centrifuge, UnauthorizedError } from "centrifuge"
import { api, fields } from "./api"

export type Role = "viewer" | "speaker" | "moderator" | "host"

/** One numbered line of a room's story. */
export interface RoomEvent {
  seq: number
  kind: "chat" | "role" | "removed" | "withdrawn" | "opened" | "ended" | "changed"
  attendee?: string
  name?: string
  guest?: boolean
  data: { id?: string; text?: string; role?: Role }
  at: string
}

/** Somebody who is here. */
export interface Person { id: string; name: string; role: Role; guest?: boolean; fixed?: boolean }

/** Who came or changed, and who left, since the last time. */
export interface PeopleChange { joined?: Person[]; left?: string[] }

type Push = { type: "event"; event: RoomEvent } | ({ type: "people" } & PeopleChange)

export interface Listener {
  /** The connection stands, for the first time or again; says who this page is. */
  connected(attendee: string, role: Role): void
  /** The connection is lost and being made again. */
  lost(): void
  /** This person has no place here any more; the server knows why. */
  gone(): void
  event(event: RoomEvent): void
  people(change: PeopleChange): void
}

/** Listens to an entry's room, or to its door for pages outside; the returned function ends it. */
export function listen(entry: string, place: "room" | "door", to: Listener): () => void {
  let over = false
  const client = new Centrifuge([
    { transport: "websocket", endpoint: `${location.origin.replace(/^http/, "ws")}/live/websocket` },
    { transport: "http_stream", endpoint: `${location.origin}/live/stream` },
  ], {
    emulationEndpoint: `${location.origin}/live/emulation`,
    getToken: () => token(entry, place),
    minReconnectDelay: 200,
    maxReconnectDelay: 8000,
  })
  client.on("connecting", () => {
    client.setToken("") // a token opens one connection; a new one needs another
    if (!over) to.lost()
  })
  client.on("connected", context => {
    const me = context.data as { attendee: string; role: Role }
    to.connected(me.attendee, me.role)
  })
  client.on("publication", context => {
    const push = context.data as Push
    if (push.type === "event") to.event(push.event)
    else to.people(push)
  })
  client.on("disconnected", () => { if (!over) to.gone() })
  client.connect()
  return () => {
    over = true
    client.disconnect()
  }
}

async function token(entry: string, place: "room" | "door"): Promise<string> {
  const response = await api(`/e/${entry}/live/token`, { method: "POST", body: fields(place === "door" ? { door: "1" } : {}) })
  if (response.ok) return (await response.json() as { token: string }).token
  // The session is over, or this person has no place here: asking again does not help.
  if (response.status >= 400 && response.status < 500 && response.status !== 429) throw new UnauthorizedError("no place")
  throw new Error(`token: ${response.status}`)
}
