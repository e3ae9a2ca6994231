import { setTimeout as sleep } from "node:timers/promises"
import { inRequest } from "../request"
import type { PostgresCachingProvider } from "../../../src/services"

/** A value in the shop's own tables, and how often it was loaded. */
export class Source {
  loads = 0
  /** Resolves when the first load has read the value. */
  readonly isRead: Promise<void>
  private noteRead!: () => void

  constructor(
    public value: string,
    readonly loadMillis = 50
  ) {
    this.isRead = new Promise((resolve) => (this.noteRead = resolve))
  }

  async load(): Promise<string> {
    this.loads++
    // What is read at the beginning of a load may be old at its end.
    const { value } = this
    this.noteRead()
    await sleep(this.loadMillis)
    return value
  }
}

/** As `query.graph` does: gets the value, or loads and sets it. */
export function visit(
  cache: PostgresCachingProvider,
  source: Source,
  { key = "k", ttl = 60 } = {}
): Promise<string> {
  return inRequest(async () => {
    const cached = (await cache.get({ key })) as string | null
    if (cached !== null) {
      return cached
    }
    const value = await source.load()
    await cache.set({ key, data: value, ttl, tags: ["t"] })
    return value
  })
}
