import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  getAll,
  nearProvider,
  nearStats,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { testCache } from "../support/provider/test-cache"

type ClearInput = Parameters<PostgresCachingProvider["clear"]>[0]

describe("this process's own copy after a clear", () => {
  const cache = testCache()
  let a: PostgresCachingProvider

  const provider = (options?: CachingPostgresOptions) =>
    nearProvider(cache, options)

  beforeEach(async () => {
    await cache.empty()
    a = provider()
    await untilListening(a)
  })
  afterEach(() => a.close())

  describe.each<[string, ClearInput]>([
    ["by tag", { tags: ["none", "t"] }],
    ["by key", { key: "k" }],
    [
      "by tag, automatically",
      { tags: ["t"], options: { autoInvalidate: true } },
    ],
    ["by key, automatically", { key: "k", options: { autoInvalidate: true } }],
  ])("a clear %s", (how, input) => {
    beforeEach(async () => {
      await a.set({ key: "k", data: "old", tags: ["t", "u"] })
      await a.set({ key: "other", data: "other", tags: ["u"] })
      await untilNear(a, "k", "other")
    })

    async function expectOnlyItGone(): Promise<void> {
      expect(await a.get({ key: "k" })).toBeNull()
      const { hits } = nearStats(a)
      expect(await a.get({ key: "other" })).toBe("other")
      expect(nearStats(a).hits).toBe(hits + 1)
    }

    it(`A clear ${how} removes this process's own copy when another client removed the row before the clear and announced nothing.`, async () => {
      await cache.sql(`delete from caching_postgres_entry where key = '"k"'`)
      expect(await a.get({ key: "k" })).toBe("old")
      await a.clear(input)
      await expectOnlyItGone()
    })

    it(`A clear ${how} removes this process's own copy when another client removed the row and its tags before the clear.`, async () => {
      await cache.sql("delete from caching_postgres_entry_tag")
      await cache.sql(`delete from caching_postgres_entry where key = '"k"'`)
      await a.clear(input)
      await expectOnlyItGone()
    })

    it(`A clear ${how} removes this process's own copy when another client holds the row and removes it after the clear.`, async () => {
      const holder = new Client({ connectionString: cache.url })
      await holder.connect()
      await holder.query("begin")
      await holder.query(`delete from caching_postgres_entry where key = '"k"'`)
      await a.clear(input)
      expect(await a.get({ key: "k" })).toBeNull()
      await holder.query("commit")
      expect(await a.get({ key: "k" })).toBeNull()
      await holder.end()
    })
  })

  it("A clear that the server refuses removes this process's own copy.", async () => {
    await a.set({ key: "k", data: "old", tags: ["t"] })
    await untilNear(a, "k")
    await cache.sql(`
        create function refuse() returns trigger language plpgsql as 'begin raise ''refused''; end';
        create trigger refuse before delete on caching_postgres_entry execute function refuse()`)
    try {
      await a.clear({ tags: ["t"] })
      expect(await a.get({ key: "k" })).toBeNull()
    } finally {
      await cache.sql("drop function refuse cascade")
    }
  })

  it("When two processes clear the same at once, neither serves its copy afterwards, though the announcements arrive later.", async () => {
    const proxy = await TcpProxy.to(cache.url)
    const clientUrl = proxy.url(cache.url)
    const both = [1, 2].map(() => provider({ nearCache: { clientUrl } }))
    await untilListening(...both)
    proxy.delay(200)
    const ROUNDS = 50
    const old: unknown[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const key = `k${round}`
      await a.set({ key, data: "old", tags: [`t${round}`] })
      for (const one of both) {
        expect(await getAll(one, [key])).toEqual(["old"])
        expect(await getAll(one, [key])).toEqual(["old"])
      }
      const input = round % 2 ? { key } : { tags: [`t${round}`] }
      const answers = both.map(async (one) => {
        await one.clear(input)
        return one.get({ key })
      })
      old.push(...(await Promise.all(answers)).filter(Boolean))
    }
    expect(old).toEqual([])
    for (const one of both) {
      expect(nearStats(one).hits).toBeGreaterThanOrEqual(ROUNDS)
      await one.close()
    }
    await proxy.close()
  })
})
