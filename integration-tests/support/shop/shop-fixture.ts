import {
  copyPreparedDatabase,
  type TestDatabase,
  testServerUrl,
} from "../postgres/test-database"
import { CacheTables } from "./cache-tables"
import type { OnLine } from "./child"
import { startShop, type RunningShop, type StartOptions } from "./running-shop"
import { createShopFolder, type ShopFolder } from "./shop-folder"
import { recordStatements, type StatementRecorder } from "./statement-recorder"

export const OWNER = {
  email: "owner@example.com",
  password: "correct horse battery staple",
}

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

  /**
   * @param config of the shop, if not the template's
   * @param env of every command in this shop
   */
  static async open(
    config?: string,
    env?: Record<string, string>
  ): Promise<ShopFixture> {
    const folder = await createShopFolder(config, env)
    try {
      const database = await createShopDatabase(folder)
      const tables = await CacheTables.open(database.url)
      return new ShopFixture(folder, database, tables)
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

/**
 * Creates a database that `medusa db:migrate` and the seed have been through already: a copy of one that the first
 * caller prepares.
 */
export async function createShopDatabase(
  shop: ShopFolder,
  serverUrl = testServerUrl()
): Promise<TestDatabase> {
  const original = `shop_original_${await shop.fingerprint()}`
  return copyPreparedDatabase(serverUrl, original, async (url) => {
    await migrateShop(shop, url)
    await seedShop(shop, url)
  })
}

export async function migrateShop(
  shop: ShopFolder,
  databaseUrl: string,
  onLine?: OnLine
): Promise<void> {
  const args = ["db:migrate", "--execute-safe-links"]
  await shop.mustRun(args, { databaseUrl, onLine })
}

export async function seedShop(
  shop: ShopFolder,
  databaseUrl: string
): Promise<void> {
  const args = ["exec", "./src/scripts/seed.js", OWNER.email, OWNER.password]
  await shop.mustRun(args, { databaseUrl })
}
