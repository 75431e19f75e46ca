// How people and what they write look, in lines and lists that scripts make.
import type { Role } from "./connection"
import { word } from "./words"

/** The letters of a person's round mark: "IS" of "Ingrid Solheim". */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  const first = [...(words[0] ?? "")][0] ?? ""
  const last = words.length > 1 ? [...(words.at(-1) ?? "")][0] ?? "" : ""
  return (first + last).toUpperCase()
}

/** Role and guest badge as words; "quiet" leaves the viewer's out. */
export function roleMarks(role: Role, guest: boolean, how: "quiet" | "full"): HTMLElement[] {
  const marks: HTMLElement[] = []
  const mark = (key: string) => marks.push(Object.assign(document.createElement("span"), { textContent: word(key) }))
  if (how === "full" || role !== "viewer") mark(`role_${role}`)
  if (guest) mark("role_guest")
  return marks
}

/** Plain text with its http and https addresses as links. */
export function prose(text: string): Node[] {
  const nodes: Node[] = []
  let last = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const address = match[0].replace(/[.,;:!?)\]}'»”’]+$/, "")
    if (!URL.canParse(address)) continue
    if (match.index > last) nodes.push(document.createTextNode(text.slice(last, match.index)))
    nodes.push(Object.assign(document.createElement("a"), {
      href: address, textContent: address, target: "_blank", rel: "noopener nofollow ugc",
    }))
    last = match.index + address.length
  }
  if (last < text.length) nodes.push(document.createTextNode(text.slice(last)))
  return nodes
}
