import { setImmediate as nextTurn } from "node:timers/promises"
import { sliceOf, type Slice } from "../measure/slice"
import { fillOwn } from "./clear-together"
import { options } from "./clears"
import { type Context, expect, type Operation } from "./operation"
import { meet, signal, signalled } from "./signals"

const TTL_SECONDS = 3600
/** Beyond any maximal age. */
const LIMIT_MS = 20_000
const CLEARED_AT_A_TIME = 100
const LOOK_OUT_MS = 50
const NANOSECONDS = 1e6

/**
 * How long a process still answers with what another one has cleared: from the return of the clear until
 * a get answers otherwise. What it read of the entry is in its memory by then. Processes beyond these two
 * clear entries of their own meanwhile.
 */
export const invalidation: Operation = async (context) => {
  await meet(context, "begun")
  switch (context.order.process) {
    case 0:
      return await change(context)
    case 1:
      return await watch(context)
    default:
      return await clearOwn(context)
  }
}

const entryOf = ({ order }: Context, n: number) => ({
  key: `watched-${order.serial}-${n}`,
  tag: `watched-tag-${order.serial}-${n}`,
})

async function change(context: Context): Promise<Slice> {
  const { cache } = context.provider
  const started = performance.now()
  for (let n = 0; n < context.order.invalidations; n++) {
    const { key, tag } = entryOf(context, n)
    await cache.set({ key, data: { n }, tags: [tag], ttl: TTL_SECONDS })
    await signalled(context, `watching-${n}`)
    const begun = process.hrtime.bigint()
    await cache.clear({ tags: [tag], options })
    const ended = process.hrtime.bigint()
    await signal(context, `cleared-${n}`, `${begun} ${ended}`)
  }
  await signal(context, "over")
  return sliceOf([], performance.now() - started)
}

async function watch(context: Context): Promise<Slice> {
  const started = performance.now()
  const times: number[] = []
  for (let n = 0; n < context.order.invalidations; n++) {
    const { key } = entryOf(context, n)
    await isNear(context, key)
    // The clear may come before the signal's own answer.
    const signalling = signal(context, `watching-${n}`)
    const goneAt = await isGone(context, key)
    await signalling
    // The clock is the machine's, the same for all its processes.
    const [begun, ended] = (await signalled(context, `cleared-${n}`))
      .split(" ")
      .map(BigInt)
    // Before the clear, a get can only have been given up.
    if (goneAt > begun!) {
      times.push(Math.max(0, Number(goneAt - ended!) / NANOSECONDS))
    }
  }
  expect(times.length > 0, "invalidation: all gets were given up")
  return sliceOf(times, performance.now() - started)
}

/** Resolves when the entry is there and was answered from this process's memory. */
async function isNear({ provider }: Context, key: string): Promise<void> {
  const { cache, near } = provider
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const hits = near!.hits()
    const value: unknown = await cache.get({ key })
    if (value !== null && near!.hits() > hits) {
      return
    }
    expect(performance.now() < deadline, `get: ${key} does not come near`)
    await nextTurn()
  }
}

/**
 * Gets without a pause. Answers from memory leave the event loop no turn, though, in which something could be
 * heard; what else a process does gives it many.
 */
async function isGone({ provider }: Context, key: string): Promise<bigint> {
  const deadline = performance.now() + LIMIT_MS
  while ((await provider.cache.get({ key })) !== null) {
    expect(performance.now() < deadline, `get: ${key} does not go`)
    await nextTurn()
  }
  return process.hrtime.bigint()
}

async function clearOwn(context: Context): Promise<Slice> {
  const started = performance.now()
  let isOver = false
  const over = signalled(context, "over", LOOK_OUT_MS).finally(
    () => (isOver = true)
  )
  while (!isOver) {
    for (const { ownTag } of await fillOwn(context, CLEARED_AT_A_TIME)) {
      await context.provider.cache.clear({ tags: [ownTag], options })
    }
  }
  await over
  return sliceOf([], performance.now() - started)
}
