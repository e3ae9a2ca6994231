import { stress } from "../../stress/stress"
import { beginList, testProvider } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { FourServers } from "../support/servers/four-servers"
import { waitFor } from "../support/wait"

jest.setTimeout(180_000)

describe("a list of servers that changes", () => {
  let servers: FourServers

  beforeEach(async () => {
    servers = await FourServers.create()
  })
  afterEach(() => servers.close())

  it("While processes work, a server is added, replaced and removed, and nothing old is served.", async () => {
    await beginList(servers.urls.slice(0, 2))
    let changes: Promise<void> | undefined
    const result = await stress(servers.contender("abcd"), {
      sourceUrl: servers.urls[0]!,
      processes: 3,
      seconds: 20,
      boundMs: 0,
      onSecond: (second) => {
        if (second === 2) {
          changes = servers
            .use("abc")
            .then(() => servers.use("abd"))
            .then(() => servers.use("ab"))
          changes.catch(() => {})
        }
        return Promise.resolve()
      },
    })
    await changes
    expect(await servers.listOf(0)).toBe("7 a,b")
    const { servedStale, wrong, staleKeys, hits, sets, clears } = result
    expect({ servedStale, wrong, staleKeys }).toEqual({
      servedStale: 0,
      wrong: [],
      staleKeys: [],
    })
    for (const count of [hits, sets, clears]) {
      expect(count).toBeGreaterThan(100)
    }
  })

  it("Servers without a list are not used, and the log says what to do.", async () => {
    const logger = new TestLogger()
    const provider = testProvider(
      servers.urls[0]!,
      servers.optionsFor("ab"),
      logger
    )
    await provider.set({ key: "k", data: 1 })
    expect(await provider.get({ key: "k" })).toBeNull()
    await provider.close()
    expect(logger.complaints).toEqual([
      "[caching-postgres] the cache is off: its servers have no list yet; run `npx medusa db:migrate`",
    ])
  })

  it("A change keeps the keys that do not move, and what a server has from before it left does not come back.", async () => {
    await beginList(servers.urls.slice(0, 2))
    const provider = testProvider(
      servers.urls[0]!,
      servers.optionsFor("abc"),
      new TestLogger()
    )
    const keys = Array.from({ length: 90 }, (_, index) => `key-${index}`)
    const found = async () =>
      (await Promise.all(keys.map((key) => provider.get({ key })))).filter(
        (value) => value !== null
      ).length
    await Promise.all(keys.map((key) => provider.set({ key, data: "old" })))
    await servers.use("abc")
    const kept = await waitFor("the process to know the change", async () => {
      const count = await found()
      return count < keys.length ? count : undefined
    })
    expect(kept).toBeGreaterThan(40)
    // One of the moved keys is changed at its new server only.
    await Promise.all(keys.map((key) => provider.clear({ key })))
    await servers.use("ab")
    await waitFor("the list of before", async () =>
      (await servers.listOf(0)) === "5 a,b" ? true : undefined
    )
    expect(await found()).toBe(0)
    await provider.close()
    const after = testProvider(
      servers.urls[0]!,
      servers.optionsFor("ab"),
      new TestLogger()
    )
    const values = await Promise.all(keys.map((key) => after.get({ key })))
    await after.close()
    expect(values.filter((value) => value !== null)).toEqual([])
  })

  it("A set that is dropped while its key moves leaves no older value, and keys that do not move are stored.", async () => {
    await beginList(servers.urls.slice(0, 2))
    const provider = testProvider(
      servers.urls[0]!,
      servers.optionsFor("abc"),
      new TestLogger()
    )
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
    const setAll = (data: string) =>
      Promise.all(keys.map((key) => provider.set({ key, data })))
    const found = async () =>
      (await Promise.all(keys.map((key) => provider.get({ key })))).map(String)
    const tell = (generation: number, next: string) =>
      servers.cache.sql(
        `update caching_postgres_server set generation = ${generation}, next_names = ${next}`
      )
    await setAll("old")
    await tell(2, "'a,b,c'")
    await waitFor("the process to know of the change", async () =>
      (await found()).includes("null") ? true : undefined
    )
    await setAll("new")
    const during = await found()
    expect(new Set(during)).toEqual(new Set(["new", "null"]))
    await tell(3, "null")
    await waitFor("the process to know the end of it", async () => {
      await provider.set({ key: keys[during.indexOf("null")]!, data: "newest" })
      return (await found()).includes("newest") || undefined
    })
    expect(await found()).not.toContain("old")
    await provider.close()
  })

  it("A change that cannot be told to a server of the list is refused, unless that is gone for good.", async () => {
    await beginList(servers.urls.slice(0, 3))
    await expect(servers.use("ab", "ab")).rejects.toThrow(
      'the options name no server "c"'
    )
    expect(await servers.listOf(0)).toBe("1 a,b,c")
    await servers.use("ab", "ab", ["c"])
    expect(await servers.listOf(0)).toBe("3 a,b")
  })
})
