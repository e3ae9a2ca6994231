import { isWithin, type Moment, NEVER, thisMoment } from "../clocks"
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
/** A server that still answers with an older list this long after a newer one was learnt has missed a change. */
const BEHIND_MS = 10_000
/** For this many keys the owner is remembered. */
const MAX_REMEMBERED = 20_000

/** Which servers hold the keys. */
export interface ListState {
  readonly generation: number
  readonly names: readonly string[]
  /** Which are about to hold them: keys that move are not stored, and clears go to all servers. */
  readonly next?: readonly string[]
}

/** The list as a server's table has it. */
export interface ListRecord extends ListState {
  /** The server's own name. */
  readonly name: string
}

interface Reply {
  /** Nothing where the server belongs to no list. */
  readonly record?: ListRecord
  readonly askedAt: Moment
}

const NO_REPLY: Reply = { askedAt: NEVER }

export function recordOf(row: Row | undefined): ListRecord | undefined {
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
export function newestRecord(
  records: readonly ListRecord[]
): ListRecord | undefined {
  return records.reduce<ListRecord | undefined>(
    (one, other) => (one && one.generation >= other.generation ? one : other),
    undefined
  )
}

/** Names have no commas. */
const namesIn = (text: string) => text.split(",").filter((name) => name !== "")

/**
 * The list of servers as the servers themselves know it, asked every second. This process uses an answer for five
 * seconds at most, and a change of the list takes longer: so no two processes ever use lists that exclude each other
 * (docs/scaling.md).
 */
export class ServerList {
  /** The newest that any server has. */
  state?: ListState
  isReady = false
  /** Servers of the list that this process does not know. */
  unknown: readonly string[] = []
  private starting?: Promise<void>
  private readonly replies = new Map<Engine, Reply>()
  private readonly byName: ReadonlyMap<string, Engine>
  private readonly timers = new Map<Engine, NodeJS.Timeout>()
  private owners = new Map<string, Engine | undefined>()
  /** When `state` was learnt, by `performance.now()`. */
  private learntAt = -Infinity
  /** Whether servers have different lists of the same generation. */
  private isContradicted = false
  isStopped = false

  constructor(
    readonly engines: readonly Engine[],
    private readonly log: Log,
    /** Called when the list has servers that this process does not know. */
    private readonly onUnknown: () => void
  ) {
    this.byName = new Map(
      engines.map((engine) => [engine.options.server!, engine])
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
    const engine = this.isUsable ? this.holderOf(name) : undefined
    return engine && this.isCertain(engine) ? engine : undefined
  }

  /** @returns the servers that hold keys, if all of them can be asked and no key is about to move */
  get certainMembers(): readonly Engine[] | undefined {
    const members = this.settledMembers
    return members?.every((engine) => this.isCertain(engine))
      ? members
      : undefined
  }

  /** Whether what this server has answered to a read of this generation still counts. */
  isStillCertain(engine: Engine, generation: number): boolean {
    return this.isCertain(engine) && this.state!.generation - generation <= 1
  }

  /**
   * Only a server of the list proves that the list is still the same: changes are not told to others.
   *
   * @returns where a clear goes: to all servers that this process knows, unless the list is certain
   */
  targets(name?: string): readonly Engine[] {
    const members = this.settledMembers
    if (!members?.some((one) => this.isFresh(one))) {
      return this.engines
    }
    return name === undefined ? members : [this.holderOf(name)!]
  }

  /** @returns the server that holds a key by the list; `undefined` if that is about to change */
  holderOf(name: string): Engine | undefined {
    const { owners, byName, state } = this
    if (owners.has(name) || !state) {
      return owners.get(name)
    }
    const digest = this.engines[0]!.parts.digests.key(name)
    const owner = ownerOf(state.names, digest)
    const moves = state.next && ownerOf(state.next, digest) !== owner
    const engine = moves ? undefined : byName.get(owner ?? "")
    if (owners.size >= MAX_REMEMBERED) {
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
    const { record, askedAt } = this.replies.get(engine) ?? NO_REPLY
    return record !== undefined && isWithin(ANSWER_VALID_MS, askedAt)
  }

  private isCertain(engine: Engine): boolean {
    const record = this.replies.get(engine)?.record
    return (
      record !== undefined &&
      record.name === engine.options.server &&
      record.generation >= this.state!.generation - 1 &&
      this.isFresh(engine)
    )
  }

  /** Asks every server now. */
  async refresh(): Promise<void> {
    await Promise.all(this.engines.map((engine) => this.ask(engine)))
  }

  private async ask(engine: Engine): Promise<void> {
    const askedAt = thisMoment()
    try {
      const record = recordOf(await engine.readServer())
      const last = this.replies.get(engine) ?? NO_REPLY
      if (askedAt.steady > last.askedAt.steady) {
        this.replies.set(engine, { record, askedAt })
        this.learn()
      }
    } catch {
      // The circuit breaker of the server says what is wrong.
    }
  }

  private async poll(engine: Engine): Promise<void> {
    await this.ask(engine)
    if (!this.isStopped) {
      const again = () => void this.poll(engine)
      this.timers.set(engine, setTimeout(again, POLL_MS).unref())
    }
  }

  private learn(): void {
    const fresh = this.engines.filter((engine) => this.isFresh(engine))
    const records = fresh.map((engine) => this.replies.get(engine)!.record!)
    const newest = newestRecord(records)
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
    this.isContradicted = records.some(
      (record) =>
        record.generation === state.generation && !isSame(record, state)
    )
    this.warnOfDifferences(state)
    if (this.unknown.length > 0) {
      this.onUnknown()
    }
  }

  private warnIfNoList(): void {
    if (this.replies.size === this.engines.length) {
      this.log.warn(
        "the cache is off: its servers have no list yet; run `npx medusa db:migrate`"
      )
    }
  }

  private warnOfDifferences(state: ListState): void {
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
    for (const name of state.names) {
      const engine = this.byName.get(name)
      const reply = engine && this.replies.get(engine)
      if (!reply || !isWithin(ANSWER_VALID_MS, reply.askedAt)) {
        continue
      }
      const { record, askedAt } = reply
      if (!record) {
        this.log.warn(
          `the server "${name}" does not know that it belongs to the list and is not used; see \`npx medusa-caching-postgres servers\``
        )
      } else if (record.name !== name) {
        this.log.warn(
          `THE LISTS OF SERVERS DIFFER: what the options call "${name}" is the server "${record.name}"; this process does not use it`
        )
      } else if (
        record.generation < state.generation &&
        askedAt.steady > this.learntAt + BEHIND_MS
      ) {
        this.log.warn(
          `the server "${name}" has missed a change of the list and is not used; see \`npx medusa-caching-postgres servers\``
        )
      }
    }
  }
}

function isSame(one: ListState, other: ListState): boolean {
  return (
    one.names.join() === other.names.join() &&
    one.next?.join() === other.next?.join()
  )
}
