import type { ExecArgs } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"
import { listProducts, resolveGraph } from "../lib/products"

/** `medusa exec ./src/scripts/read-products.js`: what a nightly job of a shop does, reading through the cache. */
export default async function readProducts({
  container,
}: ExecArgs): Promise<void> {
  const logger = container.resolve(ContainerRegistrationKeys.LOGGER)
  const products = await listProducts(resolveGraph(container))

  logger.info(`Read ${products.length} products`)
}
