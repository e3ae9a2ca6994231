/**
 * A process that gets until its near cache answers and then has nothing left to do; the connection that listens is
 * open. It must end by itself.
 *
 * Usage: node short-process.cjs <database URL>
 */
const { join } = require("node:path")
const { setTimeout: sleep } = require("node:timers/promises")

const built = join(__dirname, "../../../dist/src")
const { resolveOptions } = require(join(built, "options"))
const { PostgresCachingProvider } = require(join(built, "services"))

async function main() {
  const provider = new PostgresCachingProvider({
    logger: { ...console, debug() {}, info() {} },
    cachingPostgresOptions: resolveOptions(
      { nearCache: {} },
      { database: { clientUrl: process.argv[2] } }
    ),
  })
  await provider.set({ key: "k", data: { from: "a short process" } })
  let stats
  let value
  do {
    value = await provider.get({ key: "k" })
    await sleep(10)
    stats = await provider.stats()
  } while (stats.nearCache.hits === 0)
  console.log(JSON.stringify(value))
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
