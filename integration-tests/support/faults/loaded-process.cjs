/**
 * A process under load that ends as `medusa start` does: on SIGTERM it stops taking requests, closes nothing of the
 * cache, and ends when nothing keeps it alive. It prints the provider's complaints, and "loaded" once there is load.
 *
 * Usage: node loaded-process.cjs <database URL>
 */
const { clearInterval, setImmediate, setInterval } = require("node:timers")
const { builtProvider } = require("../provider/built-provider.cjs")

const provider = builtProvider(
  process.argv[2],
  {
    sweep: "* * * * * *",
    timeouts: { writeMillis: 1_000 },
  },
  { warn: console.error, error: console.error }
)

let goesOn = true
// Like a shop's HTTP server, it keeps the process alive until it is closed.
const server = setInterval(() => {}, 1_000)

async function serve(worker) {
  for (let round = 0; goesOn; round++) {
    const key = `k-${worker}-${round % 50}`
    // Medusa does not await a set.
    void provider.set({ key, data: { round }, tags: [`t-${round % 10}`] })
    await provider.get({ key })
    await provider.clear({ tags: [`t-${worker % 10}`] })
    // As a request does: without a database, nothing else would let signals and timers in.
    await new Promise((resolve) => setImmediate(resolve))
    if (worker === 0 && round === 20) {
      console.log("loaded")
    }
  }
}

process.on("SIGTERM", () => {
  goesOn = false
  clearInterval(server)
})

Promise.all(Array.from({ length: 32 }, (_, worker) => serve(worker))).catch(
  (error) => {
    console.error(error)
    process.exitCode = 1
  }
)
