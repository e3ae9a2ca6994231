import { readFileSync } from "node:fs"
import { join } from "node:path"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

const { version } = JSON.parse(
  readFileSync(join(__dirname, "../../package.json"), "utf8")
) as { version: string }

describe("the line at the start", () => {
  const cache = testCache()
  let logger: TestLogger

  beforeEach(() => {
    logger = new TestLogger()
  })

  const said = () =>
    logger.lines.filter(({ message }) => message.includes("the cache is on: "))

  it("One info line after the first answer says where the cache is, what serves it and what is off.", async () => {
    const url = new URL(cache.url)
    const [server] = await cache.sql<{ server_version: string }>(
      "show server_version"
    )
    const provider = cache.provider({ namespace: "shop" }, logger)
    expect(logger.lines).toEqual([])
    await provider.get({ key: "k" })
    await provider.set({ key: "k", data: {} })
    await provider.get({ key: "k" })
    url.password = url.password && "***"
    expect(said()).toEqual([
      {
        level: "info",
        message: `[caching-postgres] the cache is on: ${url.href}, schema "public", namespace "shop"; PostgreSQL ${server!.server_version}, medusa-caching-postgres ${version}, no pooler; off: near cache, sweep`,
      },
    ])
  })

  it("The line at the start says nothing of parts that are on by an option but of the near cache.", async () => {
    const provider = cache.provider(
      { sweep: "0 0 1 1 *", nearCache: true },
      logger
    )
    await provider.set({ key: "k", data: {} })
    expect(said()[0]!.message).toMatch(/, no pooler, near cache on$/)
  })

  it("The line at the start names a pooler.", async () => {
    const pooler = await TransactionPooler.start(cache.url, 1)
    try {
      const provider = cache.provider(
        { database: { clientUrl: pooler.url }, namespace: "medusa" },
        logger
      )
      await provider.get({ key: "k" })
      expect(said()[0]!.message).toContain(", through a pooler; off: ")
      await provider.close()
    } finally {
      await pooler.stop()
    }
  })

  it("The line at the start waits for a database that is away.", async () => {
    const proxy = await TcpProxy.to(cache.url)
    await proxy.refuse()
    const provider = cache.provider(
      { database: { clientUrl: proxy.url(cache.url) }, namespace: "medusa" },
      logger
    )
    try {
      await provider.get({ key: "k" })
      await provider.clear({ key: "k" })
      expect(said()).toEqual([])
      await proxy.restore()
      await waitFor("the line", async () => {
        await provider.get({ key: "k" })
        return said().length > 0 || undefined
      })
      expect(said()).toHaveLength(1)
    } finally {
      await provider.close()
      await proxy.close()
    }
  })
})
