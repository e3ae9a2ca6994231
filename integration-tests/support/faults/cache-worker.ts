/** A process with a provider of the built package, which does what its parent asks. */
import { builtProvider } from "../provider/built-provider.cjs"
import { Random } from "../random"
import { serveOrders } from "../worker-process"
import type { Assignment } from "./cache-process"

const KEYS = 60
const TAGS = 12
/** As many calls as a busy shop has under way. */
const CONCURRENCY = 16

const { clientUrl, options } = JSON.parse(process.argv[2]!) as Assignment
const lines: string[] = []
const keep = (level: string) => (message: string) =>
  lines.push(`${level}: ${message}`)
const provider = builtProvider(
  clientUrl,
  { sweep: false, ...options },
  { info: keep("info"), warn: keep("warn"), error: keep("error") }
)
process.on("unhandledRejection", (error) =>
  lines.push(`unhandled: ${String(error)}`)
)

/** One random call. Keys and tags are those of all processes, so that they get into each other's way. */
function operate(random: Random): Promise<unknown> {
  const key = `shared-${random.below(KEYS)}`
  const tag = () => `shared-${random.below(TAGS)}`
  const kind = random.below(1000)
  if (kind < 550) {
    const tags = [...new Set(Array.from({ length: random.below(6) }, tag))]
    // Some expire at once, for the sweeps.
    const ttl = random.chance(1 / 4) ? 0.01 : undefined
    const data = { from: process.pid, text: "x".repeat(random.below(400)) }
    const flags = random.chance(1 / 8) ? { autoInvalidate: false } : undefined
    return provider.set({ key, data, tags, ttl, options: flags })
  }
  if (kind < 650) {
    return provider.get({ key })
  }
  if (kind < 700) {
    return provider.get({ tags: [tag(), tag()] })
  }
  if (kind < 800) {
    return provider.clear({ key })
  }
  if (kind < 980) {
    const automatic = random.chance(1 / 2)
      ? { autoInvalidate: true }
      : undefined
    return provider.clear({ tags: [tag(), tag(), tag()], options: automatic })
  }
  return kind < 995 ? provider.sweep() : provider.clear({ tags: ["*"] })
}

interface Entry {
  readonly key: string
  readonly data: unknown
  readonly tags?: string[]
  readonly ttl?: number
}

interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

const orders = {
  /** Random calls, the same for the same seed. */
  async operate(input: { operations: number; seed: number }): Promise<void> {
    const random = new Random(input.seed)
    let left = input.operations
    const caller = async () => {
      while (left-- > 0) {
        await operate(random)
      }
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, caller))
  },
  set: (entry: Entry) => provider.set(entry),
  get: async (input: Selection) => ({ value: await provider.get(input) }),
  async getAll({ keys }: { keys: string[] }) {
    const values = keys.map((key) => provider.get({ key }))
    return { values: await Promise.all(values) }
  },
  /** Reads each, and stores what is missing in the same async context, as Medusa does. */
  async readThrough({ entries }: { entries: Entry[] }) {
    const values = entries.map(async (entry) => {
      const value = await provider.get({ key: entry.key })
      if (value === null) {
        await provider.set(entry)
      }
      return value
    })
    return { values: await Promise.all(values) }
  },
  clear: (input: Selection) => provider.clear(input),
  sweep: async () => (await provider.sweep())!,
  idle: () => provider.idle(),
  stats: () => provider.stats(),
  /** What the provider has logged, and rejections that nobody handled. */
  lines: () => Promise.resolve({ lines }),
}

export type Orders = typeof orders

// As a process that dies: nothing is closed.
const close = () => Promise.resolve()
void serveOrders(() => Promise.resolve({ orders, close }))
