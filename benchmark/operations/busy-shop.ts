import { Pool } from "@medusajs/framework/pg"
import type { Context, Operation } from "./operation"
import { getHit } from "./reads"

/** As many as a shop's pool has by default. */
const CONNECTIONS = 10
const QUERIES_AT_ONCE = 50
/** Five milliseconds at the server, and a page's worth of rows to read. */
const QUERY = `
select slept, g as id, repeat('product', 20) as description
from (select pg_sleep(0.005) as slept) once, generate_series(1, 20) g`

/** A get hit while 50 queries of the shop's own are under way or wait for a connection of its pool. */
export const getHitInBusyShop: Operation = async (context) => {
  const { pool, close } = shopPool(context)
  let over = false
  const queries = Array.from({ length: QUERIES_AT_ONCE }, async () => {
    while (!over) {
      await pool.query(QUERY)
    }
  })
  try {
    return await getHit(context)
  } finally {
    over = true
    await Promise.all(queries)
    await close()
  }
}

function shopPool({ provider, shopUrl }: Context): {
  pool: Pool
  close: () => Promise<void>
} {
  if (provider.shopPool) {
    return { pool: provider.shopPool, close: () => Promise.resolve() }
  }
  const pool = new Pool({ connectionString: shopUrl, max: CONNECTIONS })
  return { pool, close: () => pool.end() }
}
