/** A process of a shop: the Caching Module with one provider, and callers that ask for a list through it. */
import { setTimeout as sleep } from "node:timers/promises"
import type { MedusaContainer } from "@medusajs/framework/types"
import { Modules, useCache } from "@medusajs/framework/utils"
import { inRequest } from "../../integration-tests/support/request"
import { serveOrders } from "../../integration-tests/support/worker-process"
import { startCachingModule } from "./caching-module"
import { type Assignment, CALLERS, type Crowd, type Orders } from "./messages"
import { ProductList } from "./product-list"

const KEY = "list of products"
const TAG = "Product:list:*"
/** Longer than any run. */
const TTL_SECONDS = 86_400
/** Nobody awaits the sets of the last callers. */
const LAST_SETS_MS = 200

const assignment = JSON.parse(process.argv[2]!) as Assignment
const list = new ProductList(assignment.shopUrl, CALLERS)

/** Gets the value, or loads and sets it, as a route of the shop does. */
function read(
  container: MedusaContainer,
  key: string,
  tag: string,
  load: () => Promise<unknown>
): Promise<unknown> {
  const options = { key, tags: [tag], ttl: TTL_SECONDS }
  return inRequest(() =>
    useCache(load, { container, enable: true, ...options })
  )
}

/** Evenly spread, with jitter. */
function arrivals({ callers, within }: Crowd): number[] {
  return Array.from(
    { length: callers },
    (_, n) => ((n + Math.random()) * within) / callers
  )
}

function ordersOf(container: MedusaContainer): Orders {
  const caching = container.resolve(Modules.CACHING)
  return {
    async open() {
      await list.open()
      await Promise.all(
        ["one", "another", "a third"].map((key) =>
          read(container, key, "other", () => Promise.resolve(key))
        )
      )
    },
    async store({ ttl }) {
      const data = (await list.load()) as object
      await inRequest(() => caching.set({ key: KEY, data, tags: [TAG], ttl }))
    },
    clear: () =>
      inRequest(() =>
        caching.clear({ tags: [TAG], options: { autoInvalidate: true } })
      ),
    empty: () => inRequest(() => caching.clear({ tags: ["*"] })),
    async visit(crowd) {
      list.loads = 0
      const times = await Promise.all(
        arrivals(crowd).map(async (delay) => {
          await sleep(crowd.at - Date.now() + delay)
          const before = performance.now()
          await read(container, KEY, TAG, () => list.load())
          return performance.now() - before
        })
      )
      await sleep(LAST_SETS_MS)
      await list.close()
      return { loads: list.loads, times }
    },
  }
}

void serveOrders<Orders>(async () => ({
  orders: ordersOf(await startCachingModule(assignment)),
  close: () => list.close(),
}))
