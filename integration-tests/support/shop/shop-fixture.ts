import { CacheTables } from "./cache-tables"
import { startShop, type RunningShop, type StartOptions } from "./running-shop"
import type { TestDatabase } from "../postgres/test-database"
import { createShopDatabase } from "./shop-database"
import { createShopFolder, type ShopFolder } from "./shop-folder"
import {
  recordStatements,
  type Statement,
  type StatementRecorder,
} from "./statement-recorder"

/** The application name of the provider's own connections. */
const CACHE_APPLICATION = "medusa-caching-postgres"

/** Preparing the first shop's database takes a whole `medusa db:migrate`. */
export const PREPARATION_LIMIT_MS = 180_000

/** A shop with a migrated and seeded database of its own, and all that a spec file starts of it. */
export class ShopFixture {
  #shops: RunningShop[] = []
  #recorders: StatementRecorder[] = []

  private constructor(
    readonly folder: ShopFolder,
    readonly database: TestDatabase,
    readonly tables: CacheTables
  ) {}

  static async open(): Promise<ShopFixture> {
    const folder = await createShopFolder()

    try {
      const database = await createShopDatabase(folder)
      return new ShopFixture(
        folder,
        database,
        await CacheTables.open(database.url)
      )
    } catch (error) {
      await folder.remove()
      throw error
    }
  }

  async record(): Promise<StatementRecorder> {
    const recorder = await recordStatements(this.database.url)
    this.#recorders.push(recorder)

    return recorder
  }

  async start(options: Partial<StartOptions> = {}): Promise<RunningShop> {
    const shop = await startShop(this.folder, {
      databaseUrl: this.database.url,
      ...options,
    })
    this.#shops.push(shop)

    return shop
  }

  async close(): Promise<void> {
    await Promise.all(this.#shops.map((shop) => shop.stop()))
    await Promise.all(this.#recorders.map((recorder) => recorder.stop()))
    await this.tables.close()
    await this.database.drop()
    await this.folder.remove()
  }
}

/** The queries with which Medusa itself reads the shop's tables. */
export function shopQueries(statements: Statement[]): string[] {
  return statements
    .filter(
      ({ application, sql }) =>
        application !== CACHE_APPLICATION && /^\s*select\b/i.test(sql)
    )
    .map(({ sql }) => sql)
}

/** Those of them that read products. */
export function productReads(statements: Statement[]): string[] {
  return shopQueries(statements).filter((sql) =>
    /\bfrom\s+("public"\.)?"product"/i.test(sql)
  )
}

/** The statements with which the provider works on its tables. */
export function cacheStatements(statements: Statement[]): string[] {
  return statements
    .filter(
      ({ application, sql }) =>
        application === CACHE_APPLICATION && sql.includes("caching_postgres_")
    )
    .map(({ sql }) => sql)
}
