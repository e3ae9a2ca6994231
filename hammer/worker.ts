/**
 * A process that uses one provider as its orders say. It ends with the channel to its parent, and with an
 * error that nobody expects.
 */
import type { ICachingProviderService } from "@medusajs/framework/types"
import { loadBuiltProvider } from "../benchmark/providers/postgres"
import { startRedisProvider } from "../benchmark/providers/redis"
import { Random } from "../benchmark/trace/random"
import { Load } from "./load"
import type { Assignment, Order, Reply } from "./messages"
import { countRefusals } from "./refusals"
import { Source } from "./source"

const assignment = JSON.parse(process.argv[2]!) as Assignment
let refused = 0

interface Started {
  readonly cache: ICachingProviderService
  readonly close: () => Promise<void>
}

async function start(): Promise<Started> {
  const { provider, url, options } = assignment
  if (provider === "redis") {
    return startRedisProvider(url, "hammer")
  }
  countRefusals((sets) => (refused += sets))
  const cache = loadBuiltProvider(url, options)
  return { cache, close: () => cache.close() }
}

async function carryOut(load: Load, order: Order): Promise<Reply> {
  if (order.kind === "look") {
    return { kind: "seen", versions: await load.look() }
  }
  await load.run(order.seconds)
  return { kind: "hammered", tally: { ...load.tally, refused } }
}

async function main(): Promise<void> {
  const { cache, close } = await start()
  const source = new Source(assignment.sourceUrl)
  const random = new Random(assignment.number)
  const load = new Load(cache, source, random, assignment.boundMs)
  process.on("message", (order: Order) => {
    carryOut(load, order).then(reply, fail)
  })
  process.on("disconnect", () => {
    void Promise.allSettled([close(), source.close()]).then(() =>
      process.exit()
    )
  })
  reply({ kind: "ready" })
}

function reply(message: Reply): void {
  process.send?.(message)
}

function fail(error: Error): void {
  reply({ kind: "failed", reason: error.stack ?? error.message })
}

// Ctrl-C reaches every process of the terminal; this one ends when its parent does.
process.on("SIGINT", () => {})
main().catch(fail)
