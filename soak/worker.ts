import { createRequire } from "node:module"
import path from "node:path"
import type { PostgresCachingProvider } from "../src/services"
import { Random } from "../benchmark/trace/random"
import { Model } from "./model"

/** What a worker tells about once a second. */
export interface Report {
  readonly gets: number
  readonly hits: number
  readonly wrong: readonly string[]
  readonly heapBytes: number
  readonly offs: number
}

interface Stored {
  readonly key: string
  readonly version: number
}

const KEYS_A_CALLER = 40
const CALLERS = 6
const PAUSE_MS = 1
/** Of a hundred calls. */
const [SETS, CLEARS, FOREIGN] = [15, 4, 20] as const
const FILLER = "words in a value ".repeat(80)

const [name, url, other] = process.argv.slice(2) as [string, string, string]
const built = path.resolve(__dirname, "../dist/src")
const load = createRequire(__filename)

let gets = 0
let hits = 0
let offs = 0
const wrong: string[] = []
/** Versions of the other process's keys that were seen: they never go back. */
const seen = new Map<string, number>()
const model = new Model()

function makeProvider(): PostgresCachingProvider {
  const { PostgresCachingProvider: Provider } = load(
    path.join(built, "services")
  ) as typeof import("../src/services")
  const { resolveOptions } = load(
    path.join(built, "options")
  ) as typeof import("../src/options")
  const logger = {
    debug: () => {},
    info: () => {},
    warn: (line: string) => (offs += line.includes("the cache is off") ? 1 : 0),
    error: (line: string) => wrong.push(line),
  }
  return new Provider({
    logger: logger as never,
    cachingPostgresOptions: resolveOptions(
      { sweep: "*/10 * * * * *", maxEntries: 350 },
      { database: { clientUrl: url } }
    ),
  })
}

/** One caller: its keys are nobody else's, so that it knows what they must be. */
async function use(cache: PostgresCachingProvider, caller: number) {
  const random = new Random(name.length * CALLERS + caller)
  for (;;) {
    const key = `${name} ${caller} ${random.below(KEYS_A_CALLER)}`
    const chance = random.below(100)
    if (chance < SETS) {
      await set(cache, key)
    } else if (chance < SETS + CLEARS) {
      await clear(cache, key, random.below(100))
    } else if (chance < SETS + CLEARS + FOREIGN) {
      await getForeign(cache, key.replace(name, other))
    } else {
      await get(cache, key)
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

async function set(cache: PostgresCachingProvider, key: string) {
  const version = model.beginSet(key)
  const data = { key, version, text: FILLER }
  const ttl = version % 5 === 0 ? 1 : 60
  await cache.set({ key, data, tags: [key, `all of ${name}`], ttl })
  model.endSet(key)
}

async function clear(
  cache: PostgresCachingProvider,
  key: string,
  chance: number
) {
  const called = model.now()
  const everything = chance < 2
  const byKey = chance < 50
  await cache.clear(
    everything
      ? { tags: [`all of ${name}`] }
      : byKey
        ? { key }
        : { tags: [key], options: { autoInvalidate: true } }
  )
  model.endClear(called, everything ? undefined : key)
}

async function get(cache: PostgresCachingProvider, key: string) {
  const called = model.now()
  const found = (await cache.get({ key })) as Stored | null
  gets++
  hits += found ? 1 : 0
  const fault =
    found && found.key !== key
      ? `${key}: got the value of ${found.key}`
      : model.judge(key, called, found?.version)
  if (fault) {
    wrong.push(fault)
  }
}

async function getForeign(cache: PostgresCachingProvider, key: string) {
  const found = (await cache.get({ key })) as Stored | null
  gets++
  hits += found ? 1 : 0
  const newest = seen.get(key) ?? 0
  if (found && (found.key !== key || found.version < newest)) {
    wrong.push(`${key}: got ${found.key} ${found.version} after ${newest}`)
  }
  seen.set(key, Math.max(newest, found?.version ?? 0))
}

function report(): Report {
  globalThis.gc?.()
  return {
    gets,
    hits,
    wrong: wrong.splice(0),
    heapBytes: process.memoryUsage().heapUsed,
    offs,
  }
}

process.on("unhandledRejection", (reason) =>
  wrong.push(`unhandled: ${String(reason)}`)
)
process.on("disconnect", () => process.exit())
setInterval(() => process.send!(report()), 1_000)
const cache = makeProvider()
for (let caller = 0; caller < CALLERS; caller++) {
  void use(cache, caller)
}
