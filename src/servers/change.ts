import { setTimeout as sleep } from "node:timers/promises"
import { uuidArray } from "../connection"
import type { Engine } from "../engine"
import { type ListRecord, type ListState, newestRecord, recordOf } from "./list"

/** Longer than any process uses what it has learnt of the list. */
const CHANGE_WAIT_MS = 6_500
/** A change that another process has begun and not ended after this time, or up to twice as long, is made anew. */
const ABANDONED_MS = 30_000
const POLL_MS = 1_000
/** Entries that are looked at in one statement. */
const ENTRIES_PER_STRETCH = 5_000

/** What a server has answered when it was asked for the list. */
export interface ServerReply {
  /** By the options. */
  readonly name: string
  readonly engine: Engine
  /** Nothing where the server belongs to no list. */
  readonly record?: ListRecord
  readonly error?: unknown
}

export interface Changed {
  readonly generation: number
  readonly names: readonly string[]
}

/** Asks every server for its list; none of them rejects. */
export function askAll(engines: readonly Engine[]): Promise<ServerReply[]> {
  return Promise.all(
    engines.map(async (engine) => {
      const name = engine.options.server!
      try {
        const { pool, statements, namespace } = engine.parts
        const [row] = await pool.maintain(statements.readServer, [namespace])
        return { name, engine, record: recordOf(row) }
      } catch (error) {
        return { name, engine, error }
      }
    })
  )
}

/** @returns the newest list that a server knows */
export function newestOf(
  replies: readonly ServerReply[]
): ListState | undefined {
  return newestRecord(replies.flatMap(({ record }) => record ?? []))
}

/**
 * Changes which servers hold the keys, while processes use them.
 *
 * 1. Every server before and after the change is told what is to come. From then on, no process stores a key that moves,
 *    and clears go to all servers.
 * 2. After a wait, every process has learnt that, or has stopped to use the servers.
 * 3. Each server drops the keys that it did not hold before or does not hold after, and refuses to store what was read
 *    before. Then all are told that the change is made.
 *
 * If it ends halfway, the keys that move are not stored until it is repeated.
 *
 * @param gone servers of the list that cannot be told, for they are gone for good or not known here
 * @throws when a server does not answer, or another process changes the list at the same time
 */
export async function changeList(
  engines: readonly Engine[],
  names: readonly string[],
  gone: readonly string[] = []
): Promise<Changed> {
  const replies = await askAll(engines)
  const before = newestOf(replies) ?? { generation: 0, names: [] }
  const target = [...new Set(names)].sort()
  const concerned = [...new Set([...before.names, ...target])].filter(
    (name) => !gone.includes(name)
  )
  const members = concerned.map((name) => memberOf(name, replies, before))
  const isMade = members.every(
    ({ record }) => record?.generation === before.generation && !record.next
  )
  if (isMade && before.names.join() === target.join()) {
    return { generation: before.generation, names: target }
  }

  const { generation } = before
  const announced = { ...before, generation: generation + 1, next: target }
  await writeAll(members, announced)
  await sleep(CHANGE_WAIT_MS, undefined, { ref: false })
  await Promise.all(
    members.map(({ engine }) => dropMoved(engine, before.names, target))
  )
  const made = { generation: generation + 2, names: target }
  await writeAll(members, made)
  return made
}

/** Waits while another process makes the same change, unless it seems to have ended halfway. */
export async function waitForSameChange(
  engines: readonly Engine[],
  names: readonly string[]
): Promise<void> {
  const target = [...names].sort().join()
  // Of several processes that wait, one goes on first.
  const abandonedAfterMs = ABANDONED_MS * (1 + Math.random())
  let generation: number | undefined
  let since = performance.now()
  for (;;) {
    const list = newestOf(await askAll(engines))
    if (list?.next?.join() !== target) {
      return
    }
    if (list.generation !== generation) {
      generation = list.generation
      since = performance.now()
    } else if (performance.now() - since > abandonedAfterMs) {
      return
    }
    await sleep(POLL_MS, undefined, { ref: false })
  }
}

/** @throws unless the server can be asked and is the one of this name */
function memberOf(
  name: string,
  replies: readonly ServerReply[],
  { names }: ListState
): ServerReply {
  const reply = replies.find((one) => one.name === name)
  if (!reply) {
    throw new Error(`the options name no server "${name}"`)
  }
  const { record, error } = reply
  if (error !== undefined) {
    throw new Error(
      `the server "${name}" does not answer: ${(error as Error).message}`
    )
  }
  if (record && record.name !== name && names.includes(record.name)) {
    throw new Error(
      `what the options call "${name}" is the server "${record.name}"`
    )
  }
  return reply
}

async function writeAll(
  members: readonly Pick<ServerReply, "engine" | "name">[],
  { generation, names, next }: ListState
): Promise<void> {
  const list = [generation, names.join(), next?.join() ?? null] as const
  await Promise.all(
    members.map(async ({ engine, name }) => {
      const { pool, statements, namespace } = engine.parts
      const parameters = [namespace, name, ...list]
      const rows = await pool.maintain(statements.writeServer, parameters)
      if (rows.length === 0) {
        throw new Error(
          `another process has changed the list meanwhile (server "${name}")`
        )
      }
    })
  )
}

async function dropMoved(
  engine: Engine,
  before: readonly string[],
  after: readonly string[]
): Promise<void> {
  const { pool, statements, namespace, digests, channel, ...parts } =
    engine.parts
  // A record of everything, which removes nothing: what was read before is not stored any more.
  await pool.maintain(statements.invalidate, [
    parts.invalidationLock,
    namespace,
    uuidArray([digests.everything]),
    uuidArray([]),
    null,
    false,
    0,
    channel,
  ])
  const own = [parts.options.server!, before.join(), after.join(), channel]
  let last: string | null | undefined = "-1"
  while (last) {
    const [row]: (readonly (string | null)[])[] = await pool.maintain(
      statements.removeMoved,
      [namespace, last, ENTRIES_PER_STRETCH, ...own]
    )
    last = row?.[0]
  }
}
