import type { CachingPostgresOptions } from "../../src"
import { pause } from "../support/faults/caller"
import { OwnServer } from "../support/faults/own-server"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  beginList,
  migratedDatabase,
  serversAt,
  testProvider,
} from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"
import type { PostgresCachingProvider } from "../../src/services"

const KEYS = Array.from({ length: 90 }, (_, index) => `key-${index}`)
const TIMEOUTS = { getMillis: 2_000, writeMillis: 2_000 }

jest.setTimeout(120_000)

describe("three servers, one of which fails", () => {
  let servers: OwnServer[]
  let proxy: TcpProxy
  let urls: string[]
  let provider: PostgresCachingProvider
  let logger: TestLogger

  beforeAll(async () => {
    servers = await Promise.all([1, 2, 3].map(() => OwnServer.start()))
    const databases = await Promise.all(
      servers.map(({ url }) => migratedDatabase(url))
    )
    urls = databases.map(({ url }) => url)
    await beginList(urls)
    proxy = await TcpProxy.to(urls[2]!)
  })
  beforeEach(async () => {
    logger = new TestLogger()
    const options: CachingPostgresOptions = {
      timeouts: TIMEOUTS,
      database: {
        servers: serversAt([urls[0]!, urls[1]!, proxy.url(urls[2]!)]),
      },
    }
    provider = testProvider(urls[0]!, options, logger)
    await provider.clear({ tags: ["*"] })
    await fill()
  })
  afterEach(() => provider.close())
  afterAll(async () => {
    await proxy.close()
    await Promise.all(servers.map((server) => server.close()))
  })

  const fill = async () => {
    await waitFor("all keys to be cached", async () => {
      await Promise.all(
        KEYS.map((key) => provider.set({ key, data: "old", tags: ["t"] }))
      )
      return (await hits()) === KEYS.length || undefined
    })
  }
  const read = () => Promise.all(KEYS.map((key) => provider.get({ key })))
  const hits = async () =>
    (await read()).filter((value) => value !== null).length

  /** The keys of the third server, as that server says. */
  async function keysOfThird(): Promise<number> {
    const [row] = await servers[2]!.sql<{ count: string }>(
      "select count(*) from caching_postgres_entry",
      urls[2]
    )
    return Number(row!.count)
  }

  async function expectTheOthersServed(expected: number): Promise<void> {
    await waitFor("the others to be served without delay", async () => {
      await read()
      return (
        logger.complaints.some((line) =>
          line.startsWith('[caching-postgres] server "c": the cache is off')
        ) || undefined
      )
    })
    expect(await hits()).toBe(expected)
    expect(
      logger.complaints.filter((line) => /server "[ab]"/.test(line))
    ).toEqual([])
  }

  async function expectClearedWhenBack(): Promise<void> {
    await waitFor("the third server to be used again", async () => {
      await provider.set({ key: "back", data: 1 })
      await Promise.all(
        KEYS.map((key) => provider.set({ key: `new ${key}`, data: 1 }))
      )
      const found = await Promise.all(
        KEYS.map((key) => provider.get({ key: `new ${key}` }))
      )
      return found.every((value) => value === 1) || undefined
    })
    expect(await hits()).toBe(0)
    const fresh = testProvider(
      urls[0]!,
      { timeouts: TIMEOUTS, database: { servers: serversAt(urls) } },
      new TestLogger()
    )
    const seen = await Promise.all(KEYS.map((key) => fresh.get({ key })))
    await fresh.close()
    expect(seen.filter((value) => value !== null)).toEqual([])
  }

  it("While a server is stopped, the keys of the others are served, and a clear that it has missed is carried out on its return.", async () => {
    const missing = await keysOfThird()
    expect(missing).toBeGreaterThan(10)
    await servers[2]!.stop()
    await expectTheOthersServed(KEYS.length - missing)
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.clear({ tags: ["t"] })
    expect(await hits()).toBe(0)
    await servers[2]!.start()
    await expectClearedWhenBack()
  })

  it("After a server was killed it is empty, knows its list, and is used again.", async () => {
    const missing = await keysOfThird()
    await servers[2]!.kill()
    await expectTheOthersServed(KEYS.length - missing)
    await provider.clear({ tags: ["t"] })
    await servers[2]!.start()
    await expectClearedWhenBack()
  })

  it("While a server stalls, the keys of the others are served, and a clear that it has missed is carried out on its return.", async () => {
    const missing = await keysOfThird()
    proxy.stall()
    await expectTheOthersServed(KEYS.length - missing)
    await provider.clear({ tags: ["t"] })
    await proxy.restore()
    await expectClearedWhenBack()
  })

  it("A process that was without any server for long serves what is there when they are back.", async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await pause(6_000)
    expect(await hits()).toBe(0)
    await provider.set({ key: "dropped", data: 1 })
    await Promise.all(servers.map((server) => server.start()))
    await waitFor("the entries to be served", async () =>
      (await hits()) === KEYS.length ? true : undefined
    )
    expect(await provider.get({ key: "dropped" })).toBeNull()
  })
})
