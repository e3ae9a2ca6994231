import type { CachePool } from "../../src/connection"
import { stress } from "../../stress/stress"
import { CacheProcess } from "../support/faults/cache-process"
import {
  canTrackNames,
  describeWithPgBouncer,
  PgBouncer,
  WITHOUT_NAMES,
} from "../support/poolers/pgbouncer"
import { testPool, testStatement } from "../support/poolers/test-pool"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

const KEYS = Array.from({ length: 40 }, (_, index) => `product ${index}`)
const ROUNDS = 30

const STARTED =
  /^info: \[caching-postgres\] the cache is on: .+; PostgreSQL \d+.*, through a pooler; off: /
const NO_NAMES =
  /^info: .*keeps no prepared statements, .*: statements are sent without names$/
const NO_OPTIONS =
  /^info: .*takes no start-up options: .* are sent with each statement$/

const TOO_SMALL =
  /a pooler seems to have no server connection left; allow 3 connections for each process/

describeWithPgBouncer("the cache through PgBouncer", () => {
  const cache = testCache()
  let pooler: PgBouncer
  const processes: CacheProcess[] = []

  beforeEach(() => cache.empty())
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((process) => process.end()))
    await pooler.stop()
  })

  const startProcess = async () => {
    const process = await CacheProcess.start(pooler.url, {
      timeouts: LONG_TIMEOUTS,
    })
    processes.push(process)
    return process
  }

  const linesOf = async (process: CacheProcess) =>
    (await process.ask("lines", {})).lines

  /** Reads every key again and again, stores what is missing, and clears some of it now and then. */
  async function readMostly(
    process: CacheProcess
  ): Promise<{ reads: number; hits: number }> {
    let hits = 0
    for (let round = 0; round < ROUNDS; round++) {
      const entries = KEYS.map((key, index) => ({
        key,
        data: { key, text: "x".repeat(500) },
        tags: [`tag ${index % 8}`],
      }))
      const { values } = await process.ask("readThrough", { entries })
      for (const [index, value] of values.entries()) {
        if (value !== null) {
          hits++
          expect(value).toMatchObject({ key: KEYS[index] })
        }
      }
      if (round % 10 === 5) {
        await process.ask("clear", { tags: ["tag 3"] })
        await process.ask("clear", { key: KEYS[7]! })
      }
    }
    return { reads: ROUNDS * KEYS.length, hits }
  }

  /** The share of hits, and what was logged, of two processes at once. */
  async function expectHits(...lines: RegExp[]): Promise<void> {
    const two = [await startProcess(), await startProcess()]
    const counts = await Promise.all(two.map(readMostly))
    for (const { hits, reads } of counts) {
      expect(hits / reads).toBeGreaterThan(0.9)
    }
    for (const logged of await Promise.all(two.map(linesOf))) {
      expect(logged.filter((line) => STARTED.test(line))).toHaveLength(1)
      for (const line of logged.filter((said) => !STARTED.test(said))) {
        expect(lines.find((allowed) => allowed.test(line))).toBeDefined()
      }
    }
  }

  describe.each([1, 4, 20])(
    "with %i server connections in transaction mode",
    (size) => {
      beforeEach(async () => {
        pooler = await PgBouncer.start(cache.url, {
          pool_mode: "transaction",
          default_pool_size: size,
          ...WITHOUT_NAMES,
        })
      })

      it(`Two processes that share ${size} server connections in transaction mode get at least 90 % hits, and log no warning.`, async () => {
        await expectHits(NO_NAMES, NO_OPTIONS)
      })

      it(`Two processes that share ${size} server connections in transaction mode serve nothing stale under stress.`, async () => {
        const { staleKeys, servedStale, hits, sets, clears } = await stress(
          {
            provider: "postgres",
            url: pooler.url,
            options: { timeouts: LONG_TIMEOUTS },
          },
          { sourceUrl: cache.url, processes: 2, seconds: 3, boundMs: 0 }
        )
        expect({ servedStale, staleKeys }).toEqual({
          servedStale: 0,
          staleKeys: [],
        })
        // Otherwise nothing was tested.
        for (const count of [hits, sets, clears]) {
          expect(count).toBeGreaterThan(20)
        }
      }, 60_000)
    }
  )

  it("Two processes that share 20 server connections in session mode get at least 90 % hits, and log no warning.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "session",
      default_pool_size: 20,
    })
    await expectHits(NO_OPTIONS)
  })

  it("Statements that do not fit PgBouncer's buffer, with others asked for meanwhile, are all answered.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "transaction",
      default_pool_size: 2,
    })
    const measure = testStatement("measure", "select length($1::bytea)")
    const pools = [testPool(pooler.url), testPool(pooler.url)]
    const askOften = async (pool: CachePool) => {
      for (let count = 0; count < 4_000; count++) {
        const length = 1_000 + ((count * 7_919) % 9_000)
        const [row] = await pool.read(measure, [Buffer.alloc(length)])
        expect(row).toEqual([String(length)])
      }
    }
    await Promise.all([...pools, ...pools, ...pools].map(askOften))
    await Promise.all(pools.map((pool) => pool.close()))
  })

  const ifTracked = canTrackNames ? it : it.skip
  const reason = canTrackNames ? "" : " (skipped: this PgBouncer tracks none)"
  ifTracked(
    `Statements keep their names through a PgBouncer that tracks them in transaction mode.${reason}`,
    async () => {
      pooler = await PgBouncer.start(cache.url, {
        pool_mode: "transaction",
        default_pool_size: 4,
        max_prepared_statements: 200,
      })
      await expectHits(NO_OPTIONS)
    }
  )

  it.each([1, 4])(
    "A pool of %i server connections in session mode, shared by two processes, is reported as too small.",
    async (size) => {
      pooler = await PgBouncer.start(cache.url, {
        pool_mode: "session",
        default_pool_size: size,
      })
      const loggers = [new TestLogger(), new TestLogger()]
      const providers = loggers.map((logger) =>
        cache.provider({ database: { clientUrl: pooler.url } }, logger)
      )
      const complaints = () => loggers.flatMap((logger) => logger.complaints)
      await waitFor("the complaint", async () => {
        await Promise.all(
          providers.map(async (provider) => {
            await provider.get({ key: "k" })
            await provider.set({ key: "k", data: 1 })
            await provider.sweep()
          })
        )
        return complaints().find((line) => TOO_SMALL.test(line))
      })
      expect(complaints().join()).not.toContain("Query read timeout")
      await Promise.all(providers.map((provider) => provider.close()))
    }
  )

  it("A pool is reported as too small when PgBouncer has given up waiting for a server connection.", async () => {
    pooler = await PgBouncer.start(cache.url, {
      pool_mode: "session",
      default_pool_size: 1,
      query_wait_timeout: 1,
    })
    const logger = new TestLogger()
    const provider = cache.provider(
      { database: { clientUrl: pooler.url }, timeouts: LONG_TIMEOUTS },
      logger
    )
    await provider.get({ key: "k" })
    await provider.set({ key: "k", data: 1 })
    expect(logger.complaints[0]).toMatch(
      /query_wait_timeout; allow 3 connections for each process/
    )
    await provider.close()
  })
})
