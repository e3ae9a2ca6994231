import { createHash } from "node:crypto"
import {
  copyPreparedDatabase,
  type TestDatabase,
  testServerUrl,
} from "../postgres/test-database"
import type { OnLine } from "./child"
import type { ShopFolder } from "./shop-folder"

export const OWNER = {
  email: "owner@example.com",
  password: "correct horse battery staple",
}

/**
 * Creates a database that `medusa db:migrate` and the seed have been through already: a copy of one that the first
 * caller prepares.
 */
export async function createShopDatabase(
  shop: ShopFolder,
  serverUrl = testServerUrl()
): Promise<TestDatabase> {
  const fingerprint = createHash("sha256")
    .update(await shop.fingerprint())
    .digest("hex")
    .slice(0, 16)
  return await copyPreparedDatabase(
    serverUrl,
    `shop_original_${fingerprint}`,
    async (url) => {
      await migrateShop(shop, url)
      await seedShop(shop, url)
    }
  )
}

export async function migrateShop(
  shop: ShopFolder,
  url: string,
  onLine?: OnLine
): Promise<void> {
  await shop.mustRun(["db:migrate", "--execute-safe-links"], {
    databaseUrl: url,
    onLine,
  })
}

export async function seedShop(
  shop: ShopFolder,
  url: string,
  onLine?: OnLine
): Promise<void> {
  await shop.mustRun(
    ["exec", "./src/scripts/seed.js", OWNER.email, OWNER.password],
    { databaseUrl: url, onLine }
  )
}
