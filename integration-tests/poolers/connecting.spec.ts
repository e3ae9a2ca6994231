import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../src"
import { TimeLimitError } from "../../src/faults"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { TestPools, testStatement } from "../support/poolers/test-pool"
import { waitFor } from "../support/wait"

const ONE = testStatement("one", "select 1")
const SLEEP = testStatement("sleep", "select pg_sleep(60)")

describe("connecting to the database", () => {
  let pools: TestPools
  let proxy: TcpProxy

  beforeAll(async () => {
    pools = await TestPools.create()
  })
  beforeEach(async () => {
    proxy = await TcpProxy.to(pools.url)
  })
  afterEach(async () => {
    await proxy.restore()
    await pools.endTest()
    await proxy.close()
  })
  afterAll(() => pools.drop())

  const open = (options?: CachingPostgresOptions) =>
    pools.open(proxy.url(pools.url), options)

  it.each(["read", "write", "maintain"] as const)(
    "A first %s costs one round trip more than connecting.",
    async (run) => {
      // So that two round trips cannot look like one, nor one like two.
      proxy.delay(10)
      const client = new Client({ connectionString: proxy.url(pools.url) })
      await client.connect()
      const connecting = proxy.roundTrips
      // pg before 8.22 sends nothing before the answer to the query in front is back.
      const extra = "_sentQueryQueue" in client ? 1 : 2
      await client.end()

      const before = proxy.roundTrips
      expect(await open()[run](ONE, [])).toEqual([["1"]])
      expect(proxy.roundTrips - before).toBe(connecting + extra)
    }
  )

  it("A connection that takes longer than the timeout of a get is used once it is there.", async () => {
    // A round trip is well within the timeout, the several of logging in are not.
    proxy.delay(150)
    const pool = open({ timeouts: { getMillis: 800 } })
    await expect(pool.read(ONE, [])).rejects.toThrow(
      /no answer within 800 ms: still connecting to postgres:\/\//
    )
    // As after every failure to reach the database.
    pool.disconnect()
    await waitFor("an answer", () =>
      pool.read(ONE, []).catch((error: unknown) => {
        expect(error).toBeInstanceOf(TimeLimitError)
      })
    )
    expect(proxy.connectionsAccepted).toBe(1)
  })

  it("An attempt to connect that is stuck is given up once another one was faster.", async () => {
    proxy.stallAnswers()
    const pool = open({
      timeouts: { getMillis: 200 },
      pool: { connectionTimeoutMillis: 60_000 },
    })
    await expect(pool.read(ONE, [])).rejects.toThrow("still connecting")
    // New connections pass, the one that is held back does not.
    await proxy.restore({ heldBackMs: 60_000 })
    await pool.probe(ONE, [], true)
    await waitFor("an answer", () => pool.read(ONE, []).catch(() => undefined))
    expect(proxy.connectionsAccepted).toBe(3)
  })

  it("A statement that was under way when the connection broke before the server had answered anything is ended before the next write.", async () => {
    // So that the statement has begun well before the first answer is back.
    proxy.delay(200)
    const pool = open()
    const lost = pool.write(SLEEP, [])
    lost.catch(() => {})
    const sleeping = async () => {
      const { rows } = await pools.direct.query<object>(
        `select from pg_stat_activity where query = '${SLEEP.text}' and state = 'active'
           and datname = current_database()`
      )
      return rows.length
    }
    await waitFor("the statement", async () => (await sleeping()) || undefined)
    proxy.delay(0)
    proxy.cut()
    await expect(lost).rejects.toThrow("lost the connection to postgres://")
    await pool.write(ONE, [])
    expect(await sleeping()).toBe(0)
  })

  it("An error says which database cannot be reached, and not its password.", async () => {
    await proxy.refuse()
    const pool = open()
    const url = new URL(proxy.url(pools.url))
    await expect(pool.read(ONE, [])).rejects.toThrow(
      `cannot connect to postgres://${url.username}:***@${url.host}${url.pathname}: connect ECONNREFUSED`
    )
  })

  it("An error about a role without connections left says so, with the number that the cache needs.", async () => {
    const role = `narrow_${Date.now()}`
    await pools.direct.query(
      `create role ${role} login password 'narrow' connection limit 1`
    )
    pools.closeAfterTest(() => pools.direct.query(`drop role ${role}`))
    const url = new URL(pools.url)
    url.username = role
    url.password = "narrow"
    const pool = pools.open(url.href)
    await pool.read(ONE, [])
    await expect(pool.write(ONE, [])).rejects.toThrow(
      /cannot connect to .*too many connections for role .*; allow 3 connections for each process/
    )
  })
})
