export { type AdminApi, type Product, type Variant } from "./admin-api"
export { CacheTables, type CacheEntry } from "./cache-tables"
export { isErrorLine, readableLine, type NodeChild } from "./child"
export { startShop, type RunningShop } from "./running-shop"
export {
  createShopDatabase,
  migrateShop,
  OWNER,
  PREPARATION_LIMIT_MS,
  seedShop,
  ShopFixture,
} from "./shop-fixture"
export {
  CONFIG_WITHOUT_REDIS,
  createShopFolder,
  type ShopFolder,
} from "./shop-folder"
export {
  cacheStatements,
  productReads,
  recordStatements,
  shopQueries,
  type Statement,
  type StatementRecorder,
} from "./statement-recorder"
export { buildAdmin, WITH_ADMIN } from "./built-admin"
