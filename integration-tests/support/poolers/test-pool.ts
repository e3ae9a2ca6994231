import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../../src"
import { CachePool } from "../../../src/connection"
import { Log } from "../../../src/log"
import { resolveOptions } from "../../../src/options"
import type { Statement } from "../../../src/sql"
import { Metrics } from "../../../src/telemetry"
import {
  createTestDatabase,
  type TestDatabase,
} from "../postgres/test-database"
import { TransactionPooler } from "../postgres/transaction-pooler"
import { LONG_TIMEOUTS } from "../provider/long-timeouts"
import { TestLogger } from "../provider/test-logger"

/** The cache's connections by themselves, for statements of a test's own. */
export function testPool(
  clientUrl: string,
  options: CachingPostgresOptions = {},
  logger = new TestLogger()
): CachePool {
  return new CachePool(
    resolveOptions(
      { timeouts: LONG_TIMEOUTS, ...options },
      { database: { clientUrl } }
    ),
    new Log(logger.asMedusaLogger),
    new Metrics(undefined, "test")
  )
}

export function testStatement(name: string, text: string): Statement {
  return { summary: name, name: `test_${name}`, text }
}

/** A database of a spec's own, and pools that are closed after each test. */
export class TestPools {
  /** What the pools of one test log. */
  logger = new TestLogger()
  /** A connection that no pool opened. */
  readonly direct: Client
  private readonly closing: (() => Promise<unknown>)[] = []

  private constructor(private readonly database: TestDatabase) {
    this.direct = new Client({ connectionString: database.url })
  }

  static async create(): Promise<TestPools> {
    const pools = new TestPools(await createTestDatabase())
    await pools.direct.connect()
    return pools
  }

  get url(): string {
    return this.database.url
  }

  open(url = this.url, options: CachingPostgresOptions = {}): CachePool {
    const pool = testPool(url, options, this.logger)
    this.closeAfterTest(() => pool.close())
    return pool
  }

  /** The URL of a pooler in transaction mode with one server connection. */
  async throughPooler(): Promise<string> {
    const pooler = await TransactionPooler.start(this.url, 1)
    this.closeAfterTest(() => pooler.stop())
    return pooler.url
  }

  /** The last one first. */
  closeAfterTest(close: () => Promise<unknown>): void {
    this.closing.unshift(close)
  }

  async endTest(): Promise<void> {
    for (const close of this.closing.splice(0)) {
      await close()
    }
    this.logger = new TestLogger()
  }

  async drop(): Promise<void> {
    await this.direct.end()
    await this.database.drop()
  }
}
