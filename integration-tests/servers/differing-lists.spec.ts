import { setTimeout as sleep } from "node:timers/promises"
import { examineCaches } from "../../src/inspect/doctor/examine"
import { resolveOptions } from "../../src/options"
import { stress } from "../../stress/stress"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { query } from "../support/postgres/server"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import {
  beginList,
  serversAt,
  testProvider,
} from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { FourServers } from "../support/servers/four-servers"
import { waitFor } from "../support/wait"

const DIFFER = "[caching-postgres] THE LISTS OF SERVERS DIFFER"

jest.setTimeout(180_000)

describe("lists of servers that differ", () => {
  let servers: FourServers

  beforeEach(async () => {
    servers = await FourServers.create()
  })
  afterEach(() => servers.close())

  it("Two processes that do not know a server of the list take it out of use together, and nothing old is served.", async () => {
    await beginList(servers.urls.slice(0, 3))
    const { servedStale, wrong, staleKeys, hits, clears } = await stress(
      (number) => servers.contender(number < 2 ? "ab" : "abc"),
      { sourceUrl: servers.urls[0]!, processes: 4, seconds: 15, boundMs: 0 }
    )
    expect({ servedStale, wrong, staleKeys }).toEqual({
      servedStale: 0,
      wrong: [],
      staleKeys: [],
    })
    expect(Math.min(hits, clears)).toBeGreaterThan(50)
    expect(await servers.listOf(0)).toMatch(/^\d+ a,b$/)
  })

  it("A clear by a process that does not know a server returns when that is out of use, although another server was away.", async () => {
    await beginList(servers.urls.slice(0, 3))
    const proxy = await TcpProxy.to(servers.urls[1]!)
    const [one, other] = serversAt(servers.urls)
    const database = {
      servers: [one!, { ...other!, clientUrl: proxy.url(servers.urls[1]!) }],
    }
    const options = { ...servers.optionsFor("ab"), database }
    const provider = testProvider(servers.urls[0]!, options, new TestLogger())
    await proxy.close()
    let isDone = false
    const clearing = provider
      .clear({ tags: ["t"] })
      .finally(() => (isDone = true))
    await sleep(3_000)
    expect(isDone).toBe(false)
    await proxy.restore()
    await clearing
    expect(await servers.listOf(0)).toMatch(/^\d+ a,b$/)
    await provider.close()
    await proxy.close()
  })

  it("A clear by a process that reaches only a server outside the list is carried out on the servers of the list once they are reached.", async () => {
    await beginList(servers.urls.slice(0, 3))
    // Changes are not told to a server that is not in the list.
    await query(
      servers.urls[3]!,
      "insert into caching_postgres_server (namespace, name, generation, names) values ('medusa', 'd', 1, 'a,b,c')"
    )
    const { provider: cutOff, proxies } = await servers.throughProxies(
      "abcd",
      "abc"
    )
    const direct = testProvider(
      servers.urls[0]!,
      servers.optionsFor("abcd"),
      new TestLogger()
    )
    const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`)
    const found = async () => {
      const values = await Promise.all(keys.map((key) => direct.get({ key })))
      return values.filter((value) => value !== null).length
    }
    expect(await cutOff.get({ key: keys[0]! })).toBeNull()
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await servers.use("ab")
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
    await beginList(servers.urls.slice(0, 2))
    const { provider: paused, proxies } = await servers.throughProxies("ab")
    const direct = testProvider(
      servers.urls[0]!,
      servers.optionsFor("ab"),
      new TestLogger()
    )
    const key = "k"
    await direct.set({ key, data: "old" })
    expect(await paused.get({ key })).toBe("old")

    proxies.forEach((proxy) => proxy.stallAnswers())
    const reading = paused.get({ key })
    // Longer than an answer about the list may be used. The last one was asked for up to a second after this began,
    // and later on a busy machine.
    await sleep(9_000)
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
    await beginList(servers.urls.slice(0, 2))
    await query(servers.urls[1]!, "delete from caching_postgres_server")
    const logger = new TestLogger()
    const provider = testProvider(
      servers.urls[0]!,
      servers.optionsFor("ab"),
      logger
    )
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.close()
    expect(logger.complaints).toEqual([
      '[caching-postgres] the server "b" does not know that it belongs to the list and is not used; see `npx medusa-caching-postgres servers`',
    ])
    const findings = await examineCaches([
      resolveOptions(servers.optionsFor("ab"), {}),
    ])
    expect(findings).toContainEqual({
      check: "list of servers",
      status: "problem",
      message:
        'the server "b" does not know that it belongs to the list, so its keys are not cached',
      advice:
        "Repeat the list: `npx medusa-caching-postgres servers --use a,b`.",
    })
    await servers.use("ab")
    expect(await servers.listOf(1)).toBe("3 a,b")
  })

  it("A process that knows none of the servers of the list caches nothing, and says so.", async () => {
    await beginList(servers.urls.slice(0, 2))
    // It finds the list where a server that is no member was told of it.
    await query(
      servers.urls[2]!,
      "insert into caching_postgres_server (namespace, name, generation, names) values ('medusa', 'c', 1, 'a,b')"
    )
    const logger = new TestLogger()
    const provider = testProvider(
      servers.urls[2]!,
      servers.optionsFor("cd"),
      logger
    )
    await provider.set({ key: "k", data: 1 })
    expect(await provider.get({ key: "k" })).toBeNull()
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.close()
    expect(logger.complaints[0]).toBe(
      `${DIFFER}: this process caches nothing, and takes the servers that it does not know out of use: its options name c, d; the servers themselves name a, b`
    )
  })

  it("A server under another server's name is not used, and the log says so.", async () => {
    await beginList(servers.urls.slice(0, 2))
    const [one, other] = serversAt(servers.urls)
    const logger = new TestLogger()
    const provider = testProvider(
      servers.urls[0]!,
      {
        timeouts: LONG_TIMEOUTS,
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
    expect((await servers.cache.rows()).entries).toBe(0)
  })
})
