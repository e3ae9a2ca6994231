/**
 * A process that uses the cache once and then has nothing left to do; the sweep stays scheduled
 * and the pool open. It must end by itself.
 *
 * Usage: node short-process.cjs <database URL>
 */
const { join } = require("node:path")

const built = join(__dirname, "../../../dist/src")
const { resolveOptions } = require(join(built, "options"))
const { PostgresCachingProvider } = require(join(built, "services"))

async function main() {
  const provider = new PostgresCachingProvider({
    logger: { ...console, info() {} },
    cachingPostgresOptions: resolveOptions(
      {},
      { database: { clientUrl: process.argv[2] } }
    ),
  })
  await provider.set({ key: "k", data: { from: "a short process" } })
  console.log(JSON.stringify(await provider.get({ key: "k" })))
  // Nothing but these calls keeps the process alive meanwhile.
  console.log((await provider.sweep()).elected)
  console.log((await provider.stats()).namespace)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
