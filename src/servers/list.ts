import type { Row } from "../connection"
import type { Engine } from "../engine"
import type { Log } from "../log"
import { ownerOf } from "./owners"

const POLL_MS = 1_000
/**
 * How long a server's answer may be used, from when it was asked. A change of the list waits longer between its two
 * steps (`change.ts`).
 */
const ANSWER_VALID_MS = 5_000
/** A server that still answers with an older list this long after a newer one was heard has missed a change. */
const BEHIND_MS = 10_000
/** Owners of so many keys are remembered. */
const MOST_REMEMBERED = 20_000

/** Which servers hold the keys. */
export interface ListState {
  readonly generation: number
  readonly names: readonly string[]
  /** Which are about to hold them: keys that move are not stored, and clears go to all servers. */
  readonly next?: readonly string[]
}

/** What a server says of the list. */
export interface Said extends ListState {
  /** Its own name. */
  readonly name: string
}

interface Heard {
  /** Nothing where the server belongs to no list. */
  readonly said?: Said
  /** When the question was sent, by two clocks: one stands still while a machine sleeps, the other can be set. */
  readonly at: number
  readonly on: number
}

export function readSaid(row: Row | undefined): Said | undefined {
  if (!row) {
    return undefined
  }
  const [name, generation, names, next] = row
  return {
    name: name!,
    generation: Number(generation),
    names: namesIn(names!),
    ...(next !== null && { next: namesIn(next!) }),
  }
}

/** @returns the one of the largest generation, the first of several */
export function newestSaid(all: readonly Said[]): Said | undefined {
  return all.reduce<Said | undefined>(
    (one, other) => (one && one.generation >= other.generation ? one : other),
    undefined
  )
}

/** Names have no commas. */
const namesIn = (text: string) => text.split(",").filter((name) => name !== "")

/**
 * The list of servers as the servers themselves know it, asked every second. This process uses what it was told for five
 * seconds at most, and a change of the list takes longer: so no two processes ever use lists that exclude each other
 * (docs/scaling.md).
 */
export class ServerList {
  /** The newest that any server has told. */
  state?: ListState
  isReady = false
  /** Servers of the list that this process does not know. */
  unknown: readonly string[] = []
  private starting?: Promise<void>
  private readonly heard = new Map<Engine, Heard>()
  private readonly byName: ReadonlyMap<string, Engine>
  private readonly timers = new Map<Engine, NodeJS.Timeout>()
  private owners = new Map<string, Engine | undefined>()
  /** When `state` was told, by `performance.now()`. */
  private learntAt = -Infinity
  /** Whether servers of the same generation say different things. */
  private isContradicted = false
  private isStopped = false

  constructor(
    readonly engines: readonly Engine[],
    private readonly log: Log,
    /** Called when the list has servers that this process does not know. */
    private readonly onUnknown: () => void
  ) {
    this.byName = new Map(
      engines.map((engine) => [engine.parts.options.server!, engine])
    )
  }

  /** Resolves when every server was asked, and has answered or failed to. */
  start(): Promise<void> {
    this.starting ??= Promise.all(
      this.engines.map((engine) => this.poll(engine))
    ).then(() => {
      this.isReady = true
    })
    return this.starting
  }

  stop(): void {
    this.isStopped = true
    this.timers.forEach((timer) => clearTimeout(timer))
  }

  /** @returns the server that holds a key, known for certain; `undefined` where there is none */
  ownerOf(name: string): Engine | undefined {
    const engine = this.isUsable ? this.place(name) : undefined
    return engine && this.vouches(engine) ? engine : undefined
  }

  /** @returns the servers that hold keys, if all of them can be asked and no key is about to move */
  get whole(): readonly Engine[] | undefined {
    const members = this.settledMembers
    return members?.every((engine) => this.vouches(engine))
      ? members
      : undefined
  }

  /** Whether what this server has answered to a question of this generation still counts. */
  stillVouches(engine: Engine, generation: number): boolean {
    return this.vouches(engine) && this.state!.generation - generation <= 1
  }

  /** @returns where a clear goes: to all servers that this process knows, unless the list is certain */
  targets(name?: string): readonly Engine[] {
    const members = this.settledMembers
    const isProven = members && this.engines.some((one) => this.isFresh(one))
    if (!isProven) {
      return this.engines
    }
    return name === undefined ? members : [this.place(name)!]
  }

  /** @returns the server that holds a key by the list; `undefined` if that is about to change */
  place(name: string): Engine | undefined {
    const { owners, byName, state } = this
    if (owners.has(name) || !state) {
      return owners.get(name)
    }
    const digest = this.engines[0]!.parts.digests.key(name)
    const owner = ownerOf(state.names, digest)
    const moves = state.next && ownerOf(state.next, digest) !== owner
    const engine = moves ? undefined : byName.get(owner ?? "")
    if (owners.size >= MOST_REMEMBERED) {
      owners.clear()
    }
    owners.set(name, engine)
    return engine
  }

  private get isUsable(): boolean {
    return (
      this.state !== undefined &&
      !this.isContradicted &&
      this.unknown.length === 0
    )
  }

  private get settledMembers(): readonly Engine[] | undefined {
    return this.isUsable && !this.state!.next
      ? this.state!.names.map((name) => this.byName.get(name)!)
      : undefined
  }

  private isFresh(engine: Engine): boolean {
    const { said, at, on } = this.heard.get(engine) ?? NEVER
    return (
      said !== undefined &&
      performance.now() - at <= ANSWER_VALID_MS &&
      Math.abs(Date.now() - on) <= ANSWER_VALID_MS
    )
  }

  private vouches(engine: Engine): boolean {
    const said = this.heard.get(engine)?.said
    return (
      said !== undefined &&
      said.name === engine.parts.options.server &&
      said.generation >= this.state!.generation - 1 &&
      this.isFresh(engine)
    )
  }

  private async poll(engine: Engine): Promise<void> {
    const moment = { at: performance.now(), on: Date.now() }
    try {
      const said = readSaid(await engine.readServer())
      this.heard.set(engine, { said, ...moment })
      this.learn()
    } catch {
      // The circuit breaker of the server says what is wrong.
    }
    if (!this.isStopped) {
      const again = () => void this.poll(engine)
      this.timers.set(engine, setTimeout(again, POLL_MS).unref())
    }
  }

  private learn(): void {
    const fresh = this.engines.filter((engine) => this.isFresh(engine))
    const all = fresh.map((engine) => this.heard.get(engine)!.said!)
    const newest = newestSaid(all)
    if (newest && newest.generation > (this.state?.generation ?? 0)) {
      const { generation, names, next } = newest
      this.state = { generation, names, next }
      this.learntAt = performance.now()
      this.owners = new Map()
      this.engines.forEach((engine) => engine.forgetCopies())
    }
    const { state } = this
    if (!state) {
      this.warnIfNoList()
      return
    }
    const members = [...state.names, ...(state.next ?? [])]
    this.unknown = members.filter((name) => !this.byName.has(name))
    this.isContradicted = all.some(
      (said) => said.generation === state.generation && !isSame(said, state)
    )
    this.complain(fresh, state)
    if (this.unknown.length > 0) {
      this.onUnknown()
    }
  }

  private warnIfNoList(): void {
    if (this.heard.size === this.engines.length) {
      this.log.warn(
        "the cache is off, as its servers belong to no list yet; run `npx medusa db:migrate`"
      )
    }
  }

  private complain(fresh: readonly Engine[], state: ListState): void {
    const known = [...this.byName.keys()].join(", ")
    if (this.unknown.length > 0) {
      this.log.warn(
        "THE LISTS OF SERVERS DIFFER: this process caches nothing, and takes the servers that it does not know out of use",
        `its options name ${known}; the servers themselves name ${state.names.join(", ")}`
      )
    } else if (this.isContradicted) {
      this.log.warn(
        "THE SERVERS DISAGREE about their list: this process caches nothing; see `npx medusa-caching-postgres servers`"
      )
    }
    for (const engine of fresh) {
      const name = engine.parts.options.server!
      const { said, at } = this.heard.get(engine)! as Required<Heard>
      if (!state.names.includes(name)) {
        continue
      }
      if (said.name !== name) {
        this.log.warn(
          `THE LISTS OF SERVERS DIFFER: what the options call "${name}" is the server "${said.name}"; this process does not use it`
        )
      } else if (
        said.generation < state.generation &&
        at > this.learntAt + BEHIND_MS
      ) {
        this.log.warn(
          `the server "${name}" has missed a change of the list and is not used; see \`npx medusa-caching-postgres servers\``
        )
      }
    }
  }
}

const NEVER: Heard = { at: -Infinity, on: -Infinity }

function isSame(one: ListState, other: ListState): boolean {
  return (
    one.names.join() === other.names.join() &&
    one.next?.join() === other.next?.join()
  )
}
