/** A process that uses one provider under load. */
import type { ICachingProviderService } from "@medusajs/framework/types"
import { builtProvider } from "../integration-tests/support/provider/built-provider.cjs"
import { Random } from "../integration-tests/support/random"
import { startRedisCache } from "../integration-tests/support/redis/redis-provider"
import { serveOrders } from "../integration-tests/support/worker-process"
import { Load } from "./load"
import type { Assignment, Orders } from "./messages"
import { countRejections } from "./rejections"
import { Source } from "./source"

const assignment = JSON.parse(process.argv[2]!) as Assignment
const mayFail = assignment.boundMs === undefined
const wrong: string[] = []
let rejected = 0
let outages = 0

interface Started {
  readonly cache: ICachingProviderService
  readonly close: () => Promise<void>
}

function warn(line: string): void {
  if (line.includes("the cache is off")) {
    outages++
  } else if (!mayFail) {
    console.error(line)
  }
}

async function startCache(): Promise<Started> {
  const { provider, url, options } = assignment
  if (provider === "redis") {
    return startRedisCache(url, "stress:")
  }
  countRejections((sets) => (rejected += sets))
  const error = (line: string) => wrong.push(line)
  const cache = builtProvider(url, options, { warn, error })
  return { cache, close: () => cache.close() }
}

process.on("unhandledRejection", (reason) =>
  wrong.push(`unhandled: ${String(reason)}`)
)

void serveOrders<Orders>(async () => {
  const { cache, close } = await startCache()
  const source = new Source(assignment.sourceUrl, mayFail)
  const random = new Random(assignment.number)
  const load = new Load(cache, source, random, assignment)
  return {
    orders: {
      run: ({ seconds }) => load.run(seconds),
      look: () => load.look(),
      report() {
        globalThis.gc?.()
        return Promise.resolve({
          tally: { ...load.tally, rejected },
          wrong: [...wrong.splice(0), ...load.wrong.splice(0)],
          heapBytes: process.memoryUsage().heapUsed,
          outages,
        })
      },
    },
    close: () => Promise.allSettled([close(), source.close()]),
  }
})
