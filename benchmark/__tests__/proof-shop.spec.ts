import type { ICachingProviderService } from "@medusajs/framework/types"
import { change, PRODUCTS, visited, VISITS_PER_HOUR } from "../proof/shop"
import { makeItem } from "../workloads"

const MANY = 5 * VISITS_PER_HOUR
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** Tags of the products of a shop with as many as it is to have. */
const known = new Set(
  numbers(PRODUCTS).map((number) => makeItem("page", number).ownTag)
)

describe("the shop of the proof", () => {
  it("Visitors of the proof's shop see no product that the shop does not have.", () => {
    const unknown = numbers(MANY)
      .flatMap((visit) => visited(visit).tags)
      .filter((tag) => /^Product:prod_/.test(tag) && !known.has(tag))
    expect(unknown).toEqual([])
  })

  it("Visitors of the proof's shop see most of its products sooner or later.", () => {
    const pages = numbers(MANY)
      .filter((visit) => visit % 3 !== 2)
      .map((visit) => visited(visit).key)
    expect(new Set(pages).size).toBeGreaterThan(PRODUCTS / 2)
  })

  it("Three of four changes of the proof's shop are of a product that it has, and the others are new.", async () => {
    const cleared: string[] = []
    const cache = {
      clear({ tags }: { tags: string[] }) {
        cleared.push(tags[0]!)
        return Promise.resolve()
      },
    } as unknown as ICachingProviderService
    for (const number of numbers(400)) {
      await change(cache, number)
    }
    // Each change clears its product twice.
    expect(cleared.filter((tag) => known.has(tag))).toHaveLength(600)
    expect(cleared.filter((tag) => tag.includes("-new-"))).toHaveLength(200)
  })
})
