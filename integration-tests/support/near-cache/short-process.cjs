/**
 * A process that gets until its near cache answers and then has nothing left to do; the connection that listens is
 * open. It must end by itself.
 *
 * Usage: node short-process.cjs <database URL>
 */
const { setTimeout: sleep } = require("node:timers/promises")
const { builtProvider } = require("../provider/built-provider.cjs")

async function main() {
  const provider = builtProvider(
    process.argv[2],
    { nearCache: {} },
    { ...console, debug() {}, info() {} }
  )
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
