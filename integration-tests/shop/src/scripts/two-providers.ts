import { updateProductsWorkflow } from "@medusajs/medusa/core-flows"
import type { ExecArgs, ICachingModuleService } from "@medusajs/framework/types"
import { Modules } from "@medusajs/framework/utils"
import { setTimeout as sleep } from "node:timers/promises"
import { resolveGraph } from "../lib/products"

const PROVIDERS = ["caching-redis", "caching-postgres"]
const LIMIT_MS = 10_000
const POLL_MS = 100
const SETTLING_MS = 300

/**
 * `medusa exec ./src/scripts/two-providers.js <default>`: reads a list into each provider, changes a product, and prints which
 * of them still hold the list once the default one does not.
 */
export default async function twoProviders({
  container,
  args,
}: ExecArgs): Promise<void> {
  const cache = container.resolve<ICachingModuleService>(Modules.CACHING)
  const graph = resolveGraph(container)
  const held = async () => {
    const values = await Promise.all(
      PROVIDERS.map((id) => cache.get({ key: "list", providers: [id] }))
    )
    return PROVIDERS.filter((_, index) => values[index])
  }
  const until = async (isReached: () => Promise<boolean>) => {
    const deadline = Date.now() + LIMIT_MS
    while (!(await isReached())) {
      if (Date.now() > deadline) {
        throw new Error(`still held by ${(await held()).join(", ")}`)
      }
      await sleep(POLL_MS)
    }
  }

  await cache.clear({ tags: ["*"], providers: PROVIDERS })
  let products: unknown[] = []
  // Medusa does not await what it stores and clears: a clear from before may come after a first fill.
  await until(async () => {
    for (const id of PROVIDERS) {
      const options = { enable: true, key: "list", providers: [id] }
      const { data } = await graph(
        { entity: "product", fields: ["id", "title"] },
        { cache: options }
      )
      products = data
    }
    await sleep(SETTLING_MS)
    return (await held()).length === PROVIDERS.length
  })

  const [{ id }] = products as [{ id: string }]
  await updateProductsWorkflow(container).run({
    input: { selector: { id }, update: { title: `Shirt by ${args[0]}` } },
  })
  await until(async () => !(await held()).includes(args[0]!))
  console.log(`still held by: ${(await held()).join(", ")}`)
}
