/**
 * A process that uses the cache once and then has nothing left to do; the sweep stays scheduled
 * and the pool open. It must end by itself.
 *
 * Usage: node short-process.cjs <database URL>
 */
const { builtProvider } = require("./built-provider.cjs")

async function main() {
  const provider = builtProvider(process.argv[2], {}, { ...console, info() {} })
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
