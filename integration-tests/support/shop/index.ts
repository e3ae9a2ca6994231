export { type AdminApi } from "./admin-api"
export { CacheTables, type CacheEntry } from "./cache-tables"
export { readCatalog, readLedger } from "./catalog"
export { type NodeChild } from "./child"
export { type Product, type Variant } from "./products"
export { isErrorLine, readableLine } from "./log-lines"
export { startShop, type RunningShop } from "./running-shop"
export {
  createShopDatabase,
  migrateShop,
  OWNER,
  seedShop,
} from "./shop-database"
export {
  cacheStatements,
  PREPARATION_LIMIT_MS,
  productReads,
  ShopFixture,
  shopQueries,
} from "./shop-fixture"
export { createShopFolder, type ShopFolder } from "./shop-folder"
export {
  recordStatements,
  type Statement,
  type StatementRecorder,
} from "./statement-recorder"
export { waitFor } from "./wait"
