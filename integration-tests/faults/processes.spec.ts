import { Digester } from "../../src/digests"
import { CacheProcess } from "../support/faults/cache-process"
import { pause } from "../support/faults/caller"
import { type TestCache, testCache } from "../support/provider/test-cache"
import { printedSeed, Random } from "../support/random"
import { waitFor } from "../support/wait"

/** By each of the processes. FAULT_OPERATIONS=10000 takes some minutes. */
const OPERATIONS = Number(process.env.FAULT_OPERATIONS || 2_500)
const PROCESSES = [0, 1, 2, 3]
/** What a get of each key is to give in the end. */
type Model = Map<string, unknown>
const LIMIT_MS = 30_000 + OPERATIONS * 60

describe("processes that share a cache", () => {
  const cache = testCache()
  let processes: CacheProcess[]

  beforeEach(async () => {
    await cache.empty()
    processes = []
  })
  afterEach(() => Promise.all(processes.map((one) => one.end())))

  async function start(): Promise<CacheProcess> {
    const started = await CacheProcess.start(cache.url)
    processes.push(started)
    return started
  }

  const startAll = () => Promise.all(PROCESSES.map(() => start()))

  async function expectNoComplaints(): Promise<void> {
    const logs = await Promise.all(processes.map((one) => one.ask("lines", {})))
    const complaints = logs
      .flatMap(({ lines }) => lines)
      .filter((line) => !line.startsWith("info: "))
    expect(complaints).toEqual([])
  }

  it("Processes that are killed at any moment leave no lock and no half-written entry.", async () => {
    const random = new Random(printedSeed())
    const survivor = await start()
    const surviving = survivor.ask("operate", { operations: 1_500, seed: 1 })
    for (let round = 0; round < 4; round++) {
      const doomed = await Promise.all([start(), start()])
      const working = doomed.map((one, index) =>
        one
          .ask("operate", { operations: 1_000_000, seed: round * 2 + index })
          .catch((error: Error) => error.message)
      )
      // Whatever moment this is: the more rounds, the more moments.
      await pause(20 + random.below(250))
      await Promise.all(doomed.map((one) => one.kill()))
      expect(await Promise.all(working)).toEqual([
        "operate: the process ended with SIGKILL",
        "operate: the process ended with SIGKILL",
      ])
      processes = [survivor]
    }
    await surviving
    await survivor.ask("idle", {})

    await expectNoLocks(cache)
    await expectEntriesWithTheirTags(cache)
    await expectNoOrphans(cache)
    await survivor.ask("set", { key: "k", data: 1, tags: ["t"] })
    const other = await start()
    expect(await other.ask("get", { tags: ["t"] })).toEqual({ value: [1] })
    await expectNoComplaints()
  }, 60_000)

  it(
    "Processes that change the same entries at random never deadlock, lose no tag, and agree in the end.",
    async () => {
      const before = await deadlocks(cache)
      await startAll()
      await Promise.all(
        processes.map((one, seed) =>
          one.ask("operate", { operations: OPERATIONS, seed })
        )
      )
      const models = await Promise.all(
        processes.map((one, number) => writeOwn(one, number))
      )
      await Promise.all(processes.map((one) => one.ask("idle", {})))

      await expectNoComplaints()
      await expectSameAnswers(new Map(models.flatMap((model) => [...model])))
      await expectEntriesWithTheirTags(cache)
      await expectNoOrphans(cache)
      await expectNoLocks(cache)
      expect(await deadlocks(cache)).toBe(before)
    },
    LIMIT_MS
  )

  it("Processes that sweep at once remove each expired entry once.", async () => {
    await startAll()
    await insertExpired(6_000)
    let removed = 0
    await waitFor("all expired entries to be removed", async () => {
      const results = await Promise.all(
        processes.map((one) => one.ask("sweep", {}))
      )
      removed += results.reduce((sum, { expired }) => sum + expired, 0)
      return (await cache.rows()).entries === 0 || undefined
    })
    expect(removed).toBe(6_000)
    await expectNoLocks(cache)
    await expectNoComplaints()
  })

  it("A process goes on sweeping where another was killed in the middle of it.", async () => {
    const [doomed, next] = [await start(), await start()]
    await insertExpired(40_000)
    const sweeping = doomed.ask("sweep", {}).catch(() => undefined)
    await waitFor(
      "the sweep to begin",
      async () => (await cache.rows()).entries < 40_000 || undefined
    )
    await doomed.kill()
    await sweeping
    await expectNoLocks(cache)

    const { entries: left } = await cache.rows()
    expect(left).toBeGreaterThan(0)
    const { expired, elected } = await next.ask("sweep", {})
    expect({ elected, expired }).toEqual({ elected: true, expired: left })
    processes = [next]
    await expectNoComplaints()
    await expectNoLocks(cache)
  }, 60_000)

  it("The sweep removes the orphans of a process that died before its own cleanup.", async () => {
    const one = await start()
    await one.ask("set", { key: "k", data: 1, tags: ["t"] })
    await cache.sql(
      `insert into caching_postgres_entry_tag (id, tag_digest)
       values (900000001, gen_random_uuid()), (900000002, gen_random_uuid())`
    )
    // One with tags and an option, and one with an option only.
    await cache.sql(
      `insert into caching_postgres_entry_option (id, auto_invalidate)
       values (900000002, false), (900000003, false)`
    )
    await expectNoOrphans(cache)
    expect(await one.ask("get", { tags: ["t"] })).toEqual({ value: [1] })
  })

  /** The end of a process's work, on entries that no other one touches. */
  async function writeOwn(one: CacheProcess, number: number): Promise<Model> {
    const model: Model = new Map()
    for (let index = 0; index < 30; index++) {
      const key = `own-${number}-${index}`
      const tags = [`own-${number}-${index % 5}`, `own-${number}`]
      await one.ask("set", { key, data: { number, round: 1 }, tags })
      const data = { number, index }
      await one.ask("set", { key, data, tags: tags.slice(0, 1) })
      const isCleared = index % 5 === 0 || index === 1
      model.set(key, isCleared ? null : data)
    }
    // No entry has it any more: each was replaced by one without.
    await one.ask("clear", { tags: [`own-${number}`] })
    await one.ask("clear", { tags: [`own-${number}-0`] })
    await one.ask("clear", { key: `own-${number}-1` })
    return model
  }

  async function expectSameAnswers(model: Model): Promise<void> {
    const shared = Array.from({ length: 60 }, (_, index) => `shared-${index}`)
    // What is about to expire may do so between two answers.
    await cache.sql(
      "delete from caching_postgres_entry where expires_at < statement_timestamp() + interval '1 minute'"
    )
    const keys = [...model.keys(), ...shared]
    const [first, ...others] = await Promise.all(
      processes.map((one) => one.ask("getAll", { keys }))
    )
    others.forEach((other) => expect(other).toEqual(first))
    expect(first!.values.slice(0, model.size)).toEqual([...model.values()])
  }

  async function insertExpired(count: number): Promise<void> {
    await cache.sql(
      `insert into caching_postgres_entry (id, namespace, key_digest, key, data, tags, expires_at)
       select -n, 'medusa', gen_random_uuid(), to_json('expired-' || n)::text, 'null', '[]',
         statement_timestamp() - interval '1 minute'
       from generate_series(1, $1::int) n`,
      [count]
    )
  }
})

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
async function expectEntriesWithTheirTags(cache: TestCache): Promise<void> {
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
async function expectNoOrphans(cache: TestCache): Promise<void> {
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
async function expectNoLocks(cache: TestCache): Promise<void> {
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
async function deadlocks(cache: TestCache): Promise<number> {
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
