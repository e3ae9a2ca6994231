import { setTimeout as sleep } from "node:timers/promises"
import { expect, type Context } from "./operation"

const POLL_MS = 1
const LIMIT_MS = 60_000
const TTL_SECONDS = 600

/** Tells the other processes of a measurement something: through the cache, which all of them have. */
export async function signal(
  { provider, order }: Context,
  name: string,
  text = ""
): Promise<void> {
  await provider.cache.set({
    key: `signal-${order.serial}-${name}`,
    data: { text },
    ttl: TTL_SECONDS,
  })
}

/** @returns what was told with it */
export async function signalled(
  { provider, order }: Context,
  name: string,
  pollMs = POLL_MS
): Promise<string> {
  const key = `signal-${order.serial}-${name}`
  const deadline = performance.now() + LIMIT_MS
  for (;;) {
    const told = (await provider.cache.get({ key })) as { text: string } | null
    if (told) {
      return told.text
    }
    expect(performance.now() < deadline, `no other process says "${name}"`)
    await sleep(pollMs)
  }
}

/** Resolves when all processes of the measurement have come so far. */
export async function meet(context: Context, place: string): Promise<void> {
  const { process, processes } = context.order
  await signal(context, `${place}-${process}`)
  for (let other = 0; other < processes; other++) {
    if (other !== process) {
      await signalled(context, `${place}-${other}`)
    }
  }
}
