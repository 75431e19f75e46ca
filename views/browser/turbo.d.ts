// The part of Turbo that we use; the package ships without types.
declare module "@hotwired/turbo" {
  interface VisitOptions {
    action?: "advance" | "replace" | "restore"
    response?: { statusCode: number; responseHTML: string; redirected: boolean }
  }
  export function visit(location: string, options?: VisitOptions): void
  export const navigator: { stop(): void }
  export const session: { refresh(url: string): void }
  export const config: { drive: { unvisitableExtensions: Set<string> } }
}
