import { testCache } from "../support/provider/test-cache"

describe("namespaces on the same tables", () => {
  const cache = testCache()

  beforeEach(() => cache.empty())

  it("Namespaces on the same tables never see each other's entries and tags.", async () => {
    const one = cache.provider({ namespace: "one" })
    const other = cache.provider({ namespace: "other" })
    await one.set({ key: "k", data: { of: "one" }, tags: ["t"] })
    await other.set({ key: "k", data: { of: "other" }, tags: ["t"] })

    expect(await one.get({ key: "k" })).toEqual({ of: "one" })
    expect(await other.get({ tags: ["t"] })).toEqual([{ of: "other" }])

    await one.clear({ tags: ["t"] })
    expect(await one.get({ key: "k" })).toBeNull()
    expect(await other.get({ key: "k" })).toEqual({ of: "other" })

    await one.clear({ key: "k" })
    expect(await other.get({ key: "k" })).toEqual({ of: "other" })
  })

  it('A clear of "*" empties one namespace alone.', async () => {
    const names = ["one", "one-", "' or true --", "%"]
    const providers = names.map((namespace) => cache.provider({ namespace }))
    for (const provider of providers) {
      await provider.set({ key: "k", data: {}, tags: ["t"] })
    }
    await providers[0]!.clear({ tags: ["*"] })
    const left = await cache.sql<{ namespace: string }>(
      "select namespace from caching_postgres_entry order by 1"
    )
    expect(left.map(({ namespace }) => namespace).sort()).toEqual(
      names.slice(1).sort()
    )
    expect((await cache.rows()).tags).toBe(3)
  })
})
