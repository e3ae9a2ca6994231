import { type Statement, statementsFor } from "../../src/sql"
import { TestCache, testCache } from "../support/provider/test-cache"

const DIGEST = "'00000000-0000-0000-0000-000000000001'"
const DIGESTS = `array[${DIGEST}]::uuid[]`

const SET = [
  "'medusa'",
  DIGESTS,
  "array['name']",
  "array['data']",
  "array['[]']",
  "array[60]::float8[]",
  DIGESTS,
  "array[1]",
  "array[]::int[]",
]
const MISS = ["1", DIGEST, "array[10]::int8[]", "array[1]::int8[]", "'channel'"]

/** Parameters to explain each statement with. */
const parameters: Record<keyof ReturnType<typeof statementsFor>, string[]> = {
  getByKey: ["'medusa'", DIGEST],
  getByKeys: ["'medusa'", DIGESTS],
  getByKeyWithDetails: ["'medusa'", DIGEST],
  getByKeysWithDetails: ["'medusa'", DIGESTS],
  getByTags: ["'medusa'", DIGESTS],
  setEntry: [
    "'medusa'",
    DIGEST,
    "'name'",
    "'data'",
    "'[]'",
    "60",
    DIGESTS,
    "'channel'",
  ],
  setEntryAfterMiss: [
    "'medusa'",
    DIGEST,
    "'name'",
    "'data'",
    "'[]'",
    "60",
    DIGESTS,
    "'channel'",
    "1",
    DIGEST,
    "10",
    "1",
  ],
  setEntries: [...SET, ...MISS],
  notify: ["'channel'", "'1'"],
  readServer: ["'medusa'"],
  writeServer: ["'medusa'", "'a'", "1", "'a,b'", "null"],
  findUse: ["'medusa'"],
  removeMoved: [
    "'medusa'",
    "-1",
    "5000",
    "'a'",
    "'a,b'",
    "'a,b,c'",
    "'channel'",
  ],
  removeOutdated: ["'medusa'", DIGESTS, "array['data']", "'channel'"],
  invalidate: [
    "1",
    "'medusa'",
    DIGESTS,
    DIGESTS,
    DIGEST,
    "true",
    "1000",
    "'channel'",
  ],
  removeInvalidated: ["500"],
  newestVersion: [],
  sweepInvalidations: ["60", "500"],
  sweepExpired: ["1", "500"],
  findOrphanedTags: ["0", "5000"],
  findOrphanedOptions: ["0", "5000"],
  addToMinute: ["'medusa'", "1", "2", "3", "4", "5"],
  sweepMinutes: [],
  reportProcess: [
    "'medusa'",
    DIGEST,
    "'host:1'",
    "'shared'",
    "60",
    "true",
    "1",
    "2",
    "3",
    "4",
    "5",
  ],
  sweepProcesses: [],
  sweepLeases: [],
  recordSweep: ["1.5", "1", "2", "3"],
  measureSize: ["'medusa'"],
  evictOldest: ["1", "'medusa'", "500", "'channel'"],
  readStats: ["'medusa'", "10"],
  readUsage: ["'medusa'", "60", "60"],
  probe: ["'medusa'"],
  removeOrphans: ["array[1]::bigint[]"],
}

/** Sequential scans of tables that stay small: of a single row, of the processes, and of the loads that are under way. */
const ofFewRows: Partial<Record<keyof typeof parameters, string[]>> = {
  readStats: [
    "Seq Scan on caching_postgres_process",
    "Seq Scan on caching_postgres_sweep",
  ],
  sweepProcesses: ["Seq Scan on caching_postgres_process"],
  sweepLeases: ["Seq Scan on caching_postgres_lease"],
  readServer: ["Seq Scan on caching_postgres_server"],
}

/** What shared leases add to the parameters of a statement. */
const LEASE = [DIGEST, "1000"]
const withLeases: Partial<typeof parameters> = {
  getByKey: [...parameters.getByKey, ...LEASE],
  getByKeys: [...parameters.getByKeys, ...LEASE],
  getByKeyWithDetails: [...parameters.getByKeyWithDetails, ...LEASE],
  getByKeysWithDetails: [...parameters.getByKeysWithDetails, ...LEASE],
  setEntry: parameters.setEntry,
  setEntryAfterMiss: parameters.setEntryAfterMiss,
  setEntries: parameters.setEntries,
  sweepExpired: parameters.sweepExpired,
}

type Plan = {
  "Node Type": string
  "Relation Name"?: string
  "Index Name"?: string
  Plans?: Plan[]
}

describe("the plans of statements", () => {
  const cache = testCache()
  const statements = statementsFor("public")
  const leasing = statementsFor("public", {
    sharedLeases: true,
    graceSeconds: 60,
  })

  beforeAll(async () => {
    await cache.sql(`
      insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
      select n, case n % 10 when 0 then 'other' else 'medusa' end, md5(n::text)::uuid, n, '[]',
        repeat('x', 300), now() + (n - 100) * interval '1 s'
      from generate_series(1, 30000) n`)
    await cache.sql(`
      insert into caching_postgres_entry_tag (id, tag_digest)
      select n, md5((n * t % 5000)::text)::uuid from generate_series(1, 30000) n, generate_series(1, 7) t
      on conflict do nothing`)
    // As in a shop, some tags ("Product:list:*") stand on nearly every entry.
    await cache.sql(`
      insert into caching_postgres_entry_tag (id, tag_digest)
      select n, md5('list' || t)::uuid from generate_series(1, 30000) n, generate_series(1, 3) t`)
    await cache.sql(
      "insert into caching_postgres_entry_option select n, false from generate_series(1, 30000, 3) n"
    )
    await cache.sql(`
      insert into caching_postgres_invalidation (version, epoch, auto_only, digests)
      select n, 1, true, array[md5(n::text)::uuid] from generate_series(1000001, 1030000) n`)
    await cache.sql(`
      insert into caching_postgres_minute (namespace, minute, hits, near_hits, misses, sets, removed)
      select namespace, now() - n * interval '1 minute', 1, 1, 1, 1, 1
      from generate_series(1, 8 * 24 * 60) n, (values ('medusa'), ('other')) as s (namespace)`)
    await cache.sql(`
      insert into caching_postgres_process
      select 'medusa', md5(n::text)::uuid, 'host:' || n, 'shared', now(), now(), true, 1, 1, 1, 1, 1
      from generate_series(1, 1000) n`)
    await cache.sql(`
      insert into caching_postgres_lease
      select md5(n::text)::uuid, md5('holder')::uuid, now() from generate_series(1, 30000) n`)
    await cache.sql("vacuum analyze")
  })

  /** The plan that serves every value, as a prepared statement that runs often gets it. */
  async function genericPlan(
    { text }: Statement,
    values: string[],
    on = cache
  ): Promise<Plan> {
    await on.sql("set plan_cache_mode = force_generic_plan")
    await on.sql(`prepare explained as ${text}`)
    const call = values.length > 0 ? `(${values.join(", ")})` : ""
    const [row] = await on.sql<{ "QUERY PLAN": [{ Plan: Plan }] }>(
      `explain (format json) execute explained${call}`
    )
    await on.sql("deallocate explained")
    return row!["QUERY PLAN"][0].Plan
  }

  const nodesOf = (plan: Plan): Plan[] => [
    plan,
    ...(plan.Plans ?? []).flatMap(nodesOf),
  ]
  const scansOf = (plan: Plan) =>
    nodesOf(plan)
      .filter((node) => node["Relation Name"])
      .map((node) => `${node["Node Type"]} on ${node["Relation Name"]}`)

  it.each([
    ...Object.entries(parameters).map(
      ([name, values]) => [name, "", statements, values] as const
    ),
    ...Object.entries(withLeases).map(
      ([name, values]) => [name, " with leases", leasing, values] as const
    ),
  ] as [keyof typeof parameters, string, typeof statements, string[]][])(
    "The statement %s%s uses an index for every table it reads.",
    async (name, _, { [name]: explained }, values) => {
      const scans = scansOf(await genericPlan(explained, values))
      const sequential = scans.filter((scan) =>
        scan.startsWith("Seq Scan on caching_postgres")
      )
      expect(sequential).toEqual(ofFewRows[name] ?? [])
    }
  )

  it("Before the first ANALYZE, a get by tags does not read the other entries of its namespace.", async () => {
    const fresh = await TestCache.create()
    try {
      await fresh.sql(`
        insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
        select n, 'medusa', md5(n::text)::uuid, n, '[]', repeat('x', 300), 'infinity'
        from generate_series(1, 10000) n`)
      await fresh.sql(`
        insert into caching_postgres_entry_tag (id, tag_digest)
        select n, md5(n::text)::uuid from generate_series(1, 10000) n`)
      // As a connection of the cache asks for.
      await fresh.sql("set enable_seqscan = off")
      const plan = await genericPlan(
        statements.getByTags,
        parameters.getByTags,
        fresh
      )
      const indexes = nodesOf(plan).flatMap((node) => node["Index Name"] ?? [])
      expect(indexes).toContain("caching_postgres_entry_id_unique")
      expect(indexes).not.toContain("caching_postgres_entry_pkey")
    } finally {
      await fresh.close()
    }
  })

  it("A sequential scan is found where there is one.", async () => {
    const plan = await genericPlan(
      {
        summary: "",
        name: "",
        text: "select from caching_postgres_entry where data = $1",
      },
      ["''"]
    )
    expect(scansOf(plan)).toEqual(["Seq Scan on caching_postgres_entry"])
  })
})
