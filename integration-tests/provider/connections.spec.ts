import { execFile } from "node:child_process"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { promisify } from "node:util"
import { Pool } from "@medusajs/framework/pg"
import { listen, urlAt } from "../support/local-server"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

const run = promisify(execFile)

describe("the cache's connections", () => {
  const cache = testCache()

  const connections = async () => {
    const [row] = await cache.sql<{ count: string }>(
      `select count(*) from pg_stat_activity
       where datname = current_database() and application_name = 'medusa-caching-postgres'`
    )
    return Number(row!.count)
  }

  const untilClosed = () =>
    waitFor(
      "the cache's connections to close",
      async () => (await connections()) === 0 || undefined
    )

  it("Connections are opened at the first use, bear a name and stay few.", async () => {
    const provider = cache.provider({ pool: { max: 3 } })
    expect(await connections()).toBe(0)
    await provider.get({ key: "k" })
    expect(await connections()).toBe(1)
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        Promise.all([
          provider.set({ key: `k${index}`, data: {} }),
          provider.get({ key: `k${index}` }),
          provider.get({ tags: [`t${index}`] }),
        ])
      )
    )
    expect(await connections()).toBeLessThanOrEqual(3)
    await provider.close()
  })

  it("Connections close when idle for the time that the option says.", async () => {
    const provider = cache.provider({ pool: { idleTimeoutMillis: 50 } })
    await provider.get({ key: "k" })
    await untilClosed()
    expect(await provider.get({ key: "k" })).toBeNull()
  })

  it("No connection keeps a process alive, but a sweep or stats that somebody waits for does.", async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      [join(__dirname, "../support/provider/short-process.cjs"), cache.url],
      { timeout: 20_000 }
    )
    expect(stdout).toBe('{"from":"a short process"}\ntrue\nmedusa\n')
    expect(stderr).toBe("")
  })

  it("With the shop's pool exhausted by open transactions that each ask the cache, all finish.", async () => {
    const provider = cache.provider()
    const shop = new Pool({ connectionString: cache.url, max: 10 })
    await provider.set({ key: "k", data: { answer: 42 } })
    try {
      const transactions = await Promise.all(
        Array.from({ length: 10 }, () => shop.connect())
      )
      await Promise.all(
        transactions.map(async (transaction, index) => {
          await transaction.query("begin")
          expect(await provider.get({ key: "k" })).toEqual({ answer: 42 })
          await provider.set({ key: `k${index}`, data: { index } })
          await provider.clear({ tags: [`t${index}`] })
          await transaction.query("commit")
          transaction.release()
        })
      )
    } finally {
      await shop.end()
    }
  })

  it("A connection that broke while idle is replaced.", async () => {
    const logger = new TestLogger()
    const provider = cache.provider({}, logger)
    await provider.set({ key: "k", data: { still: "here" } })
    await waitFor("the cache's connections to be broken", async () => {
      // A report that the provider makes once a minute may open another one.
      await cache.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'medusa-caching-postgres'`
      )
      return (await connections()) === 0 || undefined
    })
    // Until this process has read the news of it, a statement may still be sent and fail.
    let found = await provider.get({ key: "k" })
    found ??= await provider.get({ key: "k" })
    expect(found).toEqual({ still: "here" })
  })

  it("An absent database is logged once, and every call is answered all the same.", async () => {
    const logger = new TestLogger()
    const provider = cache.provider(
      { database: { clientUrl: "postgres://127.0.0.1:1/none" } },
      logger
    )
    expect(await provider.get({ key: "k" })).toBeNull()
    expect(await provider.get({ tags: ["t"] })).toBeNull()
    await provider.set({ key: "k", data: {} })
    await provider.clear({ key: "k" })
    expect(logger.complaints).toEqual([
      expect.stringMatching(
        /^\[caching-postgres\] the cache is off, .*ECONNREFUSED/
      ),
    ])
  })

  it("After an outage, attempts to connect that were never answered take no place among the server's connections.", async () => {
    await cache.provider().set({ key: "kept", data: "kept" })
    const unanswered = new Set<Socket>()
    let isAway = true
    const target = new URL(cache.url)
    const server = createServer((socket) => {
      socket.on("error", () => {})
      if (isAway) {
        unanswered.add(socket.resume())
        socket.on("close", () => unanswered.delete(socket))
      } else {
        const onward = connect(Number(target.port), target.hostname)
        onward.on("error", () => {})
        socket.pipe(onward).pipe(socket)
      }
    })
    const clientUrl = urlAt(cache.url, await listen(server))
    const provider = cache.provider({
      database: { clientUrl },
      timeouts: { getMillis: 300, writeMillis: 300 },
      // Without the end of the outage they would stay as long.
      pool: { connectionTimeoutMillis: 600_000 },
    })
    await provider.get({ key: "kept" })
    await provider.clear({ key: "other" })
    expect(unanswered.size).toBeGreaterThan(1)
    isAway = false
    await waitFor(
      "the cache to serve",
      async () => (await provider.get({ key: "kept" })) ?? undefined
    )
    await waitFor("the attempts to end", () =>
      Promise.resolve(unanswered.size === 0 || undefined)
    )
    await provider.close()
    server.close()
  })

  it("No rejection goes unhandled when nobody awaits a call.", async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      [join(__dirname, "../support/provider/unawaited-calls.cjs")],
      { timeout: 20_000 }
    )
    expect(stderr).toBe("")
    expect(stdout.trim().split("\n").sort()).toEqual([
      expect.stringMatching(
        /set failed: .*the data of key 'big' cannot be stored/
      ),
      expect.stringMatching(/the database cannot be written.*ECONNREFUSED/),
    ])
  })
})
