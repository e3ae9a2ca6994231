import type { ICachingProviderService } from "@medusajs/framework/types"
import { makeItem, type Item } from "../workloads"

/** Hours of the shop that a run stands for. */
export const HOURS = 8
export const TTL_SECONDS = 3600

export const PRODUCTS = 2000
const PRODUCTS_PER_LIST = 20
const PAGES_PER_HOUR = 1200
const LISTS_PER_HOUR = 600

/** What the shop's visitors and its staff do. */
export interface Scenario {
  readonly name: "steady" | "imports"
  readonly title: string
  /** Hours of the shop between two bursts of changes. */
  readonly changesEvery: number
  readonly changes: number
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "steady",
    title: "a product changes every five minutes",
    changesEvery: 1 / 12,
    changes: 1,
  },
  {
    name: "imports",
    title: "an import changes five products every two hours",
    changesEvery: 2,
    changes: 5,
  },
]

/** A number below the limit that looks random and is the same in every run. */
function scattered(number: number, limit: number): number {
  return (Math.imul(number + 1, 2654435761) >>> 0) % limit
}

/**
 * What is read at the given visit of the shop: two pages to one list. A page is one of a product. A list is one that nobody
 * has asked for before, as with filters, pages and searches.
 */
export function visited(visit: number): Item {
  if (visit % 3 !== 2) {
    return makeItem("page", scattered(visit, PRODUCTS))
  }
  const list = makeItem("list", scattered(visit, PRODUCTS / PRODUCTS_PER_LIST))
  return { ...list, key: `${list.key}:${visit}` }
}

export const VISITS_PER_HOUR = PAGES_PER_HOUR + LISTS_PER_HOUR

/**
 * What Medusa clears when a product changes, or a new one is made: the product and the lists, twice, as both a subscriber and
 * an interceptor handle the event.
 */
export async function change(
  cache: ICachingProviderService,
  number: number
): Promise<void> {
  const { ownTag } = makeItem("page", scattered(number, PRODUCTS))
  // Every fourth one is new, so that nothing is cached of it yet.
  const product = number % 4 === 3 ? `${ownTag}-new-${number}` : ownTag
  for (let time = 0; time < 2; time++) {
    await cache.clear({
      tags: [product, "Product:list:*"],
      options: { autoInvalidate: true },
    })
  }
}
