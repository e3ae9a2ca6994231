import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../../src"
import { resolveOptions } from "../../../src/options"
import { PostgresCachingProvider } from "../../../src/services"
import {
  copyPreparedDatabase,
  type TestDatabase,
  testServerUrl,
} from "../postgres/test-database"
import { migrate } from "./migrate"
import { TestLogger } from "./test-logger"

const MIGRATIONS = join(__dirname, "../../../dist/migrations")

function migrationsFingerprint(): string {
  const hash = createHash("sha256")
  for (const file of readdirSync(MIGRATIONS).sort()) {
    hash.update(readFileSync(join(MIGRATIONS, file)))
  }
  return hash.digest("hex").slice(0, 16)
}

/** Without a sweep of its own, unless the options say so. */
export function testProvider(
  clientUrl: string,
  options: CachingPostgresOptions,
  logger: TestLogger
): PostgresCachingProvider {
  return new PostgresCachingProvider({
    logger: logger.asMedusaLogger,
    cachingPostgresOptions: resolveOptions(
      { sweep: false, namespace: "medusa", ...options },
      { database: { clientUrl } }
    ),
  })
}

/** A migrated database of its own, and providers that cache in it. */
export class TestCache {
  private readonly providers: PostgresCachingProvider[] = []

  private constructor(
    private readonly database: TestDatabase,
    private readonly client: Client
  ) {}

  get url(): string {
    return this.database.url
  }

  static async create(): Promise<TestCache> {
    const database = await copyPreparedDatabase(
      testServerUrl(),
      `cache_original_${migrationsFingerprint()}`,
      (url) => migrate("run", { clientUrl: url })
    )
    const client = new Client({ connectionString: database.url })
    await client.connect()
    return new TestCache(database, client)
  }

  /** Without a sweep of its own, unless the options say so. */
  provider(
    options: CachingPostgresOptions = {},
    logger = new TestLogger()
  ): PostgresCachingProvider {
    const provider = testProvider(this.url, options, logger)
    this.providers.push(provider)
    return provider
  }

  /** Asks the database itself, past the provider. */
  async sql<Row extends object>(
    text: string,
    values: unknown[] = []
  ): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows
  }

  /** The numbers of rows in the three tables of entries, once the providers have removed orphans. */
  async rows(): Promise<{ entries: number; tags: number; options: number }> {
    await Promise.all(this.providers.map((provider) => provider.idle()))
    const [counts] = await this.sql<Record<string, string>>(`
      select
        (select count(*) from caching_postgres_entry) as entries,
        (select count(*) from caching_postgres_entry_tag) as tags,
        (select count(*) from caching_postgres_entry_option) as options`)
    return {
      entries: Number(counts!.entries),
      tags: Number(counts!.tags),
      options: Number(counts!.options),
    }
  }

  /** Every row of these tables, so that nothing half done goes unseen. */
  async everyRow(): Promise<unknown[]> {
    await this.rows()
    const tables: unknown[] = []
    for (const name of ["entry", "entry_tag", "entry_option"]) {
      tables.push(
        await this.sql(`select * from caching_postgres_${name} order by id`)
      )
    }
    return tables
  }

  async empty(): Promise<void> {
    try {
      await this.sql(
        "truncate caching_postgres_entry, caching_postgres_entry_tag, caching_postgres_entry_option"
      )
    } catch (error) {
      // A provider may be removing orphans, which locks the tables in another order.
      if ((error as { code?: string }).code !== "40P01") {
        throw error
      }
      await this.empty()
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.close()))
    await this.client.end()
    await this.database.drop()
  }
}
