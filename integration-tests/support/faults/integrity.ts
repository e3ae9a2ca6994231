import { Digester } from "../../../src/digests"
import type { TestCache } from "../provider/test-cache"

interface EntryRow {
  key: string
  tags: string
  links: string[] | null
}

const NAMESPACE = "medusa"

/**
 * Every entry has exactly its tags: those in its own column, those that the links say, and those by which a get
 * finds it.
 */
export async function expectEntriesWithTheirTags(
  cache: TestCache
): Promise<void> {
  const digests = new Digester(NAMESPACE)
  const rows = await cache.sql<EntryRow>(
    `select e.key, e.tags,
       (select array_agg(t.tag_digest::text) from caching_postgres_entry_tag t where t.id = e.id) as links
     from caching_postgres_entry e
     where e.expires_at > statement_timestamp()`
  )
  const byTag = new Map<string, string[]>()
  for (const { key, tags, links } of rows) {
    const expected = (JSON.parse(tags) as string[]).map((tag) => {
      byTag.set(tag, [...(byTag.get(tag) ?? []), key])
      return plain(digests.tag(tag))
    })
    expect({ key, links: (links ?? []).map(plain).sort() }).toEqual({
      key,
      links: expected.sort(),
    })
  }

  const provider = cache.provider()
  for (const [tag, keys] of byTag) {
    const found = (await provider.get({ tags: [tag] })) as unknown[]
    const values = await Promise.all(
      keys.map((key) => provider.get({ key: JSON.parse(key) as string }))
    )
    expect({ tag, found: texts(found) }).toEqual({ tag, found: texts(values) })
  }
  await provider.close()
}

/** What no entry needs any more is gone once the sweep has seen it twice. */
export async function expectNoOrphans(cache: TestCache): Promise<void> {
  const provider = cache.provider()
  for (let run = 0; run < 3; run++) {
    await provider.sweep()
  }
  await provider.idle()
  await provider.close()
  const [row] = await cache.sql<{ tags: string; options: string }>(
    `select
       (select count(*) from caching_postgres_entry_tag t
        where not exists (select from caching_postgres_entry e where e.id = t.id)) as tags,
       (select count(*) from caching_postgres_entry_option o
        where not exists (select from caching_postgres_entry e where e.id = o.id)) as options`
  )
  expect(row).toEqual({ tags: "0", options: "0" })
}

/** Nobody but the one who asks holds or waits for anything in the database. */
export async function expectNoLocks(cache: TestCache): Promise<void> {
  const deadline = performance.now() + 5_000
  for (;;) {
    const held = await cache.sql<{ locktype: string; mode: string }>(
      `select l.locktype, l.mode, l.relation::regclass::text
       from pg_locks l join pg_database d on d.oid = l.database
       where d.datname = current_database() and l.pid <> pg_backend_pid()
         and not exists (select from pg_stat_activity a
           where a.pid = l.pid and a.backend_type = 'autovacuum worker')`
    )
    // The server's process notices the end of its client when its statement ends.
    if (held.length === 0) {
      return
    }
    if (performance.now() > deadline) {
      expect(held).toEqual([])
    }
    await cache.sql("select pg_sleep(0.02)")
  }
}

/** Deadlocks in this database since it was made. */
export async function deadlocks(cache: TestCache): Promise<number> {
  const [row] = await cache.sql<{ deadlocks: string }>(
    "select deadlocks from pg_stat_database where datname = current_database()"
  )
  return Number(row!.deadlocks)
}

function plain(digest: string): string {
  return digest.replaceAll("-", "")
}

function texts(values: unknown[]): string[] {
  return values.map((value) => JSON.stringify(value)).sort()
}
