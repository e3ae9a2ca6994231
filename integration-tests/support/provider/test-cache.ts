import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../../src"
import { resolveOptions, type ServerOptions } from "../../../src/options"
import { PostgresCachingProvider } from "../../../src/services"
import {
  copyPreparedDatabase,
  type TestDatabase,
  testServerUrl,
} from "../postgres/test-database"
import { query } from "../postgres/server"
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

/** The names of servers in tests, which are databases of one server where that is enough. */
export const SERVER_NAMES = [..."abcdefgh"]

/** @param urls of migrated databases, which are to be called a, b, c and so on */
export async function beginList(
  urls: readonly string[],
  namespace = "medusa"
): Promise<void> {
  const names = SERVER_NAMES.slice(0, urls.length)
  for (const [index, url] of urls.entries()) {
    await query(
      url,
      `insert into caching_postgres_server (namespace, name, generation, names)
       values ('${namespace}', '${names[index]}', 1, '${names.join()}')`
    )
  }
}

export function serversAt(urls: readonly string[]): ServerOptions[] {
  return urls.map((clientUrl, index) => ({
    name: SERVER_NAMES[index]!,
    clientUrl,
  }))
}

/** A migrated database: the first copies one that is migrated once for all. */
export function migratedDatabase(
  serverUrl = testServerUrl()
): Promise<TestDatabase> {
  return copyPreparedDatabase(
    serverUrl,
    `cache_original_${migrationsFingerprint()}`,
    (url) => migrate("run", { clientUrl: url })
  )
}

/** Migrated databases of its own, mostly one, and providers that cache in them. */
export class TestCache {
  private readonly providers: PostgresCachingProvider[] = []

  private readonly databases: TestDatabase[] = []
  private readonly clients: Client[] = []

  /** Of the first one. */
  get url(): string {
    return this.urls[0]!
  }

  get urls(): string[] {
    return this.databases.map(({ url }) => url)
  }

  /** @param servers databases that stand for as many servers */
  static async create(servers = 1): Promise<TestCache> {
    const cache = new TestCache()
    await cache.open(servers)
    return cache
  }

  async open(servers: number): Promise<void> {
    this.databases.push(
      ...(await Promise.all(
        Array.from({ length: servers }, () => migratedDatabase())
      ))
    )
    this.clients.push(
      ...this.urls.map((connectionString) => new Client({ connectionString }))
    )
    await Promise.all(this.clients.map((client) => client.connect()))
    if (servers > 1) {
      await beginList(this.urls)
    }
  }

  /** Without a sweep of its own, unless the options say so. */
  provider(
    options: CachingPostgresOptions = {},
    logger = new TestLogger()
  ): PostgresCachingProvider {
    const several = this.databases.length > 1 && {
      database: { servers: serversAt(this.urls) },
    }
    const all = { ...several, ...options }
    const provider = testProvider(this.url, all, logger)
    this.providers.push(provider)
    return provider
  }

  /** Asks the databases themselves, past the provider; gives the rows of all. */
  async sql<Row extends object>(
    text: string,
    values: unknown[] = []
  ): Promise<Row[]> {
    const results = await Promise.all(
      this.clients.map((client) => client.query<Row>(text, values))
    )
    return results.flatMap(({ rows }) => rows)
  }

  /** The numbers of rows in the three tables of entries, once the providers have removed orphans. */
  async rows(): Promise<{ entries: number; tags: number; options: number }> {
    await Promise.all(this.providers.map((provider) => provider.idle()))
    const counts = await this.sql<Record<string, string>>(`
      select
        (select count(*) from caching_postgres_entry) as entries,
        (select count(*) from caching_postgres_entry_tag) as tags,
        (select count(*) from caching_postgres_entry_option) as options`)
    const sum = (name: string) =>
      counts.reduce((total, count) => total + Number(count[name]), 0)
    return {
      entries: sum("entries"),
      tags: sum("tags"),
      options: sum("options"),
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
    await Promise.all(this.clients.map((client) => client.end()))
    await Promise.all(this.databases.map((database) => database.drop()))
  }
}

/**
 * A cache for all tests of a `describe`: it opens before them and closes after them.
 *
 * @param servers databases that stand for as many servers
 */
export function testCache(servers = 1): TestCache {
  const cache = new TestCache()
  beforeAll(() => cache.open(servers))
  afterAll(() => cache.close())
  return cache
}
