/**
 * A process with a provider, which does what its parent asks by messages, and answers. It uses the built package, as a
 * shop does.
 *
 * Usage: fork("asked-process.cjs", [JSON.stringify({ clientUrl, options })])
 */
const { join } = require("node:path")

const built = join(__dirname, "../../../dist/src")
const { resolveOptions } = require(join(built, "options"))
const { PostgresCachingProvider } = require(join(built, "services"))

const { clientUrl, options } = JSON.parse(process.argv[2])
const lines = []
const keep = (level) => (message) => lines.push(`${level}: ${message}`)
const provider = new PostgresCachingProvider({
  logger: {
    debug() {},
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
  },
  cachingPostgresOptions: resolveOptions(
    { sweep: false, ...options },
    { database: { clientUrl } }
  ),
})

/** Repeatable, so that a failure can be seen again. */
function randomNumbers(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const KEYS = 60
const TAGS = 12
/** As many calls as a busy shop has under way. */
const AT_ONCE = 16

/** One random call; keys and tags are those of all processes, so that they get into each other's way. */
function operate(random) {
  const key = `shared-${random(KEYS)}`
  const tag = () => `shared-${random(TAGS)}`
  const kind = random(1000)
  if (kind < 550) {
    const tags = [...new Set(Array.from({ length: random(6) }, tag))]
    // Some expire at once, for the sweeps.
    const ttl = random(4) === 0 ? 0.01 : undefined
    const data = { from: process.pid, text: "x".repeat(random(400)) }
    const flags = random(8) === 0 ? { autoInvalidate: false } : undefined
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
    const automatic = random(2) ? { autoInvalidate: true } : undefined
    return provider.clear({ tags: [tag(), tag(), tag()], options: automatic })
  }
  return kind < 995 ? provider.sweep() : provider.clear({ tags: ["*"] })
}

const orders = {
  async operate({ operations, seed }) {
    const random = randomNumbers(seed)
    let left = operations
    const worker = async () => {
      while (left-- > 0) {
        await operate(random)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  },
  set: (input) => provider.set(input),
  get: async (input) => ({ value: await provider.get(input) }),
  async getAll({ keys }) {
    return {
      values: await Promise.all(keys.map((key) => provider.get({ key }))),
    }
  },
  /** Reads each, and stores what is missing in the same async context, as Medusa does. */
  async readThrough({ entries }) {
    const values = await Promise.all(
      entries.map(async (entry) => {
        const value = await provider.get({ key: entry.key })
        if (value === null) {
          await provider.set(entry)
        }
        return value
      })
    )
    return { values }
  },
  clear: (input) => provider.clear(input),
  sweep: () => provider.sweep(),
  idle: () => provider.idle(),
  stats: () => provider.stats(),
  lines: () => ({ lines }),
}

/** Its parent may be gone by now. */
const answer = (message) => process.connected && process.send(message, () => {})

process.on("message", async ({ id, order, input }) => {
  try {
    answer({ id, result: (await orders[order](input)) ?? {} })
  } catch (error) {
    answer({ id, failure: String(error) })
  }
})
process.on("unhandledRejection", (error) => lines.push(`unhandled: ${error}`))
process.on("disconnect", () => process.exit())
process.send({ ready: true })
