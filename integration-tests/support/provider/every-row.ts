import type { TestCache } from "./test-cache"

/** Every row of the tables, so that nothing half done goes unseen. */
export async function everyRow(cache: TestCache): Promise<unknown[]> {
  // Waits until the providers have tidied up.
  await cache.rows()
  const tables: unknown[] = []
  for (const name of ["entry", "entry_tag", "entry_option"]) {
    tables.push(
      await cache.sql(`select * from caching_postgres_${name} order by id`)
    )
  }
  return tables
}
