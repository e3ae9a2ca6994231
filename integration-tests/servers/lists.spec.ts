import { setTimeout as sleep } from "node:timers/promises"
import { examineCaches } from "../../src/inspect/doctor/examine"
import { resolveOptions } from "../../src/options"
import { Servers } from "../../src/servers"
import type { CachingPostgresOptions } from "../../src"
import { stress } from "../../stress/stress"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { query } from "../support/postgres/server"
import { PATIENT } from "../support/provider/patient"
import {
  beginList,
  serversAt,
  TestCache,
  testProvider,
} from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

const DIFFER = "[caching-postgres] THE LISTS OF SERVERS DIFFER"

jest.setTimeout(180_000)

describe("the list of servers", () => {
  let cache: TestCache
  let urls: string[]

  beforeEach(async () => {
    cache = await TestCache.create(4)
    urls = cache.urls
    await cache.sql("delete from caching_postgres_server")
  })
  afterEach(() => cache.close())

  const optionsFor = (names: string): CachingPostgresOptions => ({
    namespace: "medusa",
    timeouts: PATIENT,
    database: {
      servers: serversAt(urls).filter(({ name }) => names.includes(name)),
    },
  })
  const contender = (names: string) => ({
    provider: "postgres" as const,
    url: urls[0]!,
    options: { ...optionsFor(names), sweep: "* * * * * *" },
  })
  const said = async (index: number) =>
    (
      await query(
        urls[index]!,
        "select concat_ws(' ', generation, names, next_names) from caching_postgres_server"
      )
    )[0]

  /** As an operator's command does it, with the options of a process. */
  async function use(names: string, known = "abcd"): Promise<void> {
    const servers = new Servers({
      logger: new TestLogger().asMedusaLogger,
      cachingPostgresOptions: resolveOptions(
        { sweep: false, ...optionsFor(known) },
        {}
      ),
    })
    await servers.use([...names]).finally(() => servers.close())
  }

  it("While processes work, a server is added, replaced and removed, and nothing old is served.", async () => {
    await beginList(urls.slice(0, 2))
    let changes: Promise<void> | undefined
    const result = await stress(contender("abcd"), {
      sourceUrl: urls[0]!,
      processes: 3,
      seconds: 30,
      boundMs: 0,
      onSecond: (second) => {
        if (second === 2) {
          changes = use("abc")
            .then(() => use("abd"))
            .then(() => use("ab"))
          changes.catch(() => {})
        }
        return Promise.resolve()
      },
    })
    await changes
    expect(await said(0)).toBe("7 a,b")
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

  it("A process that does not know a server of the list takes it out of use, and nothing old is served.", async () => {
    await beginList(urls.slice(0, 3))
    const { servedStale, wrong, staleKeys, hits, clears } = await stress(
      (number) => contender(number === 0 ? "ab" : "abc"),
      { sourceUrl: urls[0]!, processes: 3, seconds: 12, boundMs: 0 }
    )
    expect({ servedStale, wrong, staleKeys }).toEqual({
      servedStale: 0,
      wrong: [],
      staleKeys: [],
    })
    expect(Math.min(hits, clears)).toBeGreaterThan(50)
    expect(await said(0)).toBe("3 a,b")
  })

  it("Two processes that do not know a server of the list take it out of use together, and nothing old is served.", async () => {
    await beginList(urls.slice(0, 3))
    const { servedStale, wrong, staleKeys, hits, clears } = await stress(
      (number) => contender(number < 2 ? "ab" : "abc"),
      { sourceUrl: urls[0]!, processes: 4, seconds: 25, boundMs: 0 }
    )
    expect({ servedStale, wrong, staleKeys }).toEqual({
      servedStale: 0,
      wrong: [],
      staleKeys: [],
    })
    expect(Math.min(hits, clears)).toBeGreaterThan(50)
    expect(await said(0)).toMatch(/^\d+ a,b$/)
  })

  it("A clear by a process that does not know a server returns when that is out of use, although another server was away.", async () => {
    await beginList(urls.slice(0, 3))
    const proxy = await TcpProxy.to(urls[1]!)
    const [one, other] = serversAt(urls)
    const database = {
      servers: [one!, { ...other!, clientUrl: proxy.url(urls[1]!) }],
    }
    const options = { ...optionsFor("ab"), database }
    const provider = testProvider(urls[0]!, options, new TestLogger())
    await proxy.close()
    let isDone = false
    const clearing = provider
      .clear({ tags: ["t"] })
      .finally(() => (isDone = true))
    await sleep(3_000)
    expect(isDone).toBe(false)
    await proxy.restore()
    await clearing
    expect(await said(0)).toMatch(/^\d+ a,b$/)
    await provider.close()
    await proxy.close()
  })

  it("A clear by a process that reaches only a server outside the list is carried out on the servers of the list once they are reached.", async () => {
    await beginList(urls.slice(0, 3))
    // Changes are not told to a server that is not in the list.
    await query(
      urls[3]!,
      "insert into caching_postgres_server (namespace, name, generation, names) values ('medusa', 'd', 1, 'a,b,c')"
    )
    const proxies = await Promise.all(
      urls.slice(0, 3).map((url) => TcpProxy.to(url))
    )
    const servers = serversAt(urls).map((server, index) => ({
      ...server,
      clientUrl: proxies[index]?.url(urls[index]!) ?? server.clientUrl,
    }))
    const options = { ...optionsFor("abcd"), database: { servers } }
    const cutOff = testProvider(urls[0]!, options, new TestLogger())
    const direct = testProvider(urls[0]!, optionsFor("abcd"), new TestLogger())
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
    const found = async () => {
      const values = await Promise.all(keys.map((key) => direct.get({ key })))
      return values.filter((value) => value !== null).length
    }
    expect(await cutOff.get({ key: keys[0]! })).toBeNull()
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await use("ab")
    await waitFor("all keys to be cached by the new list", async () => {
      await Promise.all(keys.map((key) => direct.set({ key, data: "old" })))
      return (await found()) === keys.length || undefined
    })

    await Promise.all(keys.map((key) => cutOff.clear({ key })))
    await Promise.all(proxies.map((proxy) => proxy.restore()))
    await waitFor("the clears to be carried out", async () =>
      (await found()) === 0 ? true : undefined
    )
    await Promise.all([cutOff.close(), direct.close()])
    await Promise.all(proxies.map((proxy) => proxy.close()))
  })

  it("A value that was read while the process was paused is not stored again after a clear.", async () => {
    await beginList(urls.slice(0, 2))
    const proxies = await Promise.all(
      urls.slice(0, 2).map((url) => TcpProxy.to(url))
    )
    const servers = serversAt(urls.slice(0, 2)).map((server, index) => ({
      ...server,
      clientUrl: proxies[index]!.url(server.clientUrl),
    }))
    const options = { ...optionsFor("ab"), database: { servers } }
    const paused = testProvider(urls[0]!, options, new TestLogger())
    const direct = testProvider(urls[0]!, optionsFor("ab"), new TestLogger())
    const key = "k"
    await direct.set({ key, data: "old" })
    expect(await paused.get({ key })).toBe("old")

    proxies.forEach((proxy) => proxy.stallAnswers())
    const reading = paused.get({ key })
    // Longer than an answer about the list may be used.
    await sleep(6_000)
    await Promise.all(proxies.map((proxy) => proxy.restore()))
    expect(await reading).toBeNull()
    await direct.clear({ key })
    await waitFor("the list to be known again", async () => {
      await paused.set({ key: "other", data: 1 })
      return (await paused.get({ key: "other" })) ?? undefined
    })
    await paused.set({ key, data: "old" })
    expect(await direct.get({ key })).toBeNull()
    await Promise.all([paused.close(), direct.close()])
    await Promise.all(proxies.map((proxy) => proxy.close()))
  })

  it("A server that has lost its record of the list is not used, and the log and the doctor say so.", async () => {
    await beginList(urls.slice(0, 2))
    await query(urls[1]!, "delete from caching_postgres_server")
    const logger = new TestLogger()
    const provider = testProvider(urls[0]!, optionsFor("ab"), logger)
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.close()
    expect(logger.complaints).toEqual([
      '[caching-postgres] the server "b" does not know that it belongs to the list and is not used; see `npx medusa-caching-postgres servers`',
    ])
    const findings = await examineCaches([resolveOptions(optionsFor("ab"), {})])
    expect(findings).toContainEqual({
      check: "list of servers",
      status: "problem",
      message:
        'the server "b" does not know that it belongs to the list, so its keys are not cached',
      advice:
        "Repeat the list: `npx medusa-caching-postgres servers --use a,b`.",
    })
    await use("ab")
    expect(await said(1)).toBe("3 a,b")
  })

  it("A process that knows none of the servers of the list caches nothing, and says so.", async () => {
    await beginList(urls.slice(0, 2))
    // It finds the list where a server that is no member was told of it.
    await query(
      urls[2]!,
      "insert into caching_postgres_server (namespace, name, generation, names) values ('medusa', 'c', 1, 'a,b')"
    )
    const logger = new TestLogger()
    const provider = testProvider(urls[2]!, optionsFor("cd"), logger)
    await provider.set({ key: "k", data: 1 })
    expect(await provider.get({ key: "k" })).toBeNull()
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.close()
    expect(logger.complaints[0]).toBe(
      `${DIFFER}: this process caches nothing, and takes the servers that it does not know out of use: its options name c, d; the servers themselves name a, b`
    )
  })

  it("A server under another server's name is not used, and the log says so.", async () => {
    await beginList(urls.slice(0, 2))
    const [one, other] = serversAt(urls)
    const logger = new TestLogger()
    const provider = testProvider(
      urls[0]!,
      {
        timeouts: PATIENT,
        namespace: "medusa",
        database: {
          servers: [
            { ...one!, clientUrl: other!.clientUrl },
            { ...other!, clientUrl: one!.clientUrl },
          ],
        },
      },
      logger
    )
    await provider.set({ key: "k", data: 1 })
    expect(await provider.get({ key: "k" })).toBeNull()
    await provider.close()
    for (const [own, real] of ["ab", "ba"]) {
      expect(logger.complaints).toContain(
        `${DIFFER}: what the options call "${own}" is the server "${real}"; this process does not use it`
      )
    }
    expect((await cache.rows()).entries).toBe(0)
  })

  it("Servers without a list are not used, and the log says what to do.", async () => {
    const logger = new TestLogger()
    const provider = testProvider(urls[0]!, optionsFor("ab"), logger)
    await provider.set({ key: "k", data: 1 })
    expect(await provider.get({ key: "k" })).toBeNull()
    await provider.close()
    expect(logger.complaints).toEqual([
      "[caching-postgres] the cache is off, as its servers belong to no list yet; run `npx medusa db:migrate`",
    ])
  })

  it("A change keeps the keys that do not move, and what a server has from before it left does not come back.", async () => {
    await beginList(urls.slice(0, 2))
    const provider = testProvider(urls[0]!, optionsFor("abc"), new TestLogger())
    const keys = Array.from({ length: 90 }, (_, index) => `key-${index}`)
    const found = async () =>
      (await Promise.all(keys.map((key) => provider.get({ key })))).filter(
        (value) => value !== null
      ).length
    await Promise.all(keys.map((key) => provider.set({ key, data: "old" })))
    await use("abc")
    const kept = await waitFor("the process to know the change", async () => {
      const count = await found()
      return count < keys.length ? count : undefined
    })
    expect(kept).toBeGreaterThan(40)
    // One of the moved keys is changed at its new server only.
    await Promise.all(keys.map((key) => provider.clear({ key })))
    await use("ab")
    await waitFor("the list of before", async () =>
      (await said(0)) === "5 a,b" ? true : undefined
    )
    expect(await found()).toBe(0)
    await provider.close()
    const after = testProvider(urls[0]!, optionsFor("ab"), new TestLogger())
    const values = await Promise.all(keys.map((key) => after.get({ key })))
    await after.close()
    expect(values.filter((value) => value !== null)).toEqual([])
  })

  it("A set that is dropped while its key moves leaves no older value, and keys that do not move are stored.", async () => {
    await beginList(urls.slice(0, 2))
    const provider = testProvider(urls[0]!, optionsFor("abc"), new TestLogger())
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
    const setAll = (data: string) =>
      Promise.all(keys.map((key) => provider.set({ key, data })))
    const found = async () =>
      (await Promise.all(keys.map((key) => provider.get({ key })))).map(String)
    const tell = (generation: number, next: string) =>
      cache.sql(
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
    await beginList(urls.slice(0, 3))
    await expect(use("ab", "ab")).rejects.toThrow(
      'the options name no server "c"'
    )
    expect(await said(0)).toBe("1 a,b,c")
    const gone = new Servers({
      logger: new TestLogger().asMedusaLogger,
      cachingPostgresOptions: resolveOptions(
        { sweep: false, ...optionsFor("ab") },
        {}
      ),
    })
    await gone.use(["a", "b"], ["c"])
    await gone.close()
    expect(await said(0)).toBe("3 a,b")
  })
})
