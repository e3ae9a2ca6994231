import type { MedusaContainer } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"

/** The part of `query.graph` that this shop uses, typed here because Medusa's own types are made by a build of the shop. */
type QueryGraphFunction = (
  input: object,
  options: object
) => Promise<{ data: unknown[] }>

export function resolveGraph(container: MedusaContainer): QueryGraphFunction {
  const query = container.resolve(ContainerRegistrationKeys.QUERY) as {
    graph: QueryGraphFunction
  }
  return (input, options) => query.graph(input, options)
}

const fields = [
  "id",
  "title",
  "handle",
  "status",
  "variants.id",
  "variants.title",
  "variants.sku",
  "variants.prices.id",
  "variants.prices.amount",
  "variants.prices.currency_code",
]

const providers = ["caching-postgres"]

/** The list of a shop's front page, kept in the cache until a product, a variant or a price changes. */
export async function listProducts(
  graph: QueryGraphFunction
): Promise<unknown[]> {
  const { data } = await graph(
    {
      entity: "product",
      fields,
      filters: { status: "published" },
      pagination: { take: 50, order: { title: "ASC" } },
    },
    { cache: { enable: true, providers } }
  )
  return data
}

/** The page of one product. Nothing is cached for a product that is not there, as there is nothing to tag. */
export async function findProduct(
  graph: QueryGraphFunction,
  id: string
): Promise<unknown> {
  const { data } = await graph(
    { entity: "product", fields, filters: { id } },
    { cache: { enable: true, providers } }
  )
  return data[0]
}

/** The titles on a poster that is printed once an hour: no change of a product may throw it away. */
export async function listPosterTitles(
  graph: QueryGraphFunction
): Promise<unknown[]> {
  const { data } = await graph(
    {
      entity: "product",
      fields: ["id", "title"],
      filters: { status: "published" },
    },
    { cache: { enable: true, key: "poster", autoInvalidate: false, providers } }
  )
  return data
}
