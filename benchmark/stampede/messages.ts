import type { Contender } from "./contenders"

/** Of each process. */
export const CALLERS = 32

/** What a process is started for. */
export interface Assignment extends Pick<Contender, "provider" | "options"> {
  /** Of the database, or the Redis, that the cache has for itself. */
  readonly url: string
  readonly shopUrl: string
}

/** Callers that ask for the list. */
export interface Crowd {
  readonly callers: number
  /** Milliseconds from the first to the last. */
  readonly within: number
  /** When the first one comes, by `Date.now()`. */
  readonly at: number
}

export interface Visits {
  readonly loads: number
  /** Milliseconds of each caller. */
  readonly times: number[]
}

export type Orders = {
  /** Opens the connections that the next visits need. */
  open(input: object): Promise<void>
  /** Stores the list. */
  store(input: { readonly ttl: number }): Promise<void>
  /** Clears the list, as a change of a product does. */
  clear(input: object): Promise<void>
  /** Removes everything from the cache. */
  empty(input: object): Promise<void>
  visit(input: Crowd): Promise<Visits>
}
