import { randomBytes } from "node:crypto"
import { Caller, pause } from "../support/faults/caller"
import { TestCache } from "../support/provider/test-cache"

const ROLE = `partial_${randomBytes(6).toString("hex")}`
const MANY = 200
const WATCHED_MS = 4_000
/** Waits grow to one second: with jitter this is more than any outage that is watched can need. */
const MAX_ATTEMPTS = 16

describe("a role that may not do everything", () => {
  let cache: TestCache
  let caller: Caller

  beforeAll(async () => {
    cache = await TestCache.create()
    await cache.sql(`create role ${ROLE} login password 'secret'`)
  })
  beforeEach(async () => {
    await cache.empty()
    await cache.sql(
      `grant all on all tables in schema public to ${ROLE}; alter role ${ROLE} connection limit -1`
    )
    const url = new URL(cache.url)
    url.username = ROLE
    url.password = "secret"
    caller = Caller.at(url.href)
  })
  afterEach(() => caller.close())
  afterAll(async () => {
    await cache.sql(`drop owned by ${ROLE}; drop role ${ROLE}`)
    await cache.close()
  })

  const rows = (sql: string) => cache.sql<{ count: string }>(sql)
  const sessions = async () => {
    // The statistics of a database lag behind a little; sessions are counted when they end.
    await cache.sql("select pg_stat_clear_snapshot()")
    const [row] = await rows(
      "select sessions as count from pg_stat_database where datname = current_database()"
    )
    return Number(row!.count)
  }

  /** What visitors do, until it is enough. */
  async function visit(isEnough: (hits: number) => boolean): Promise<void> {
    for (let hits = 0; !isEnough(hits); await pause(5)) {
      hits += (await caller.get("stored before")) === null ? 0 : 1
      await caller.get("new")
      await caller.set("new", 1, "t")
    }
  }
  const untilManyHits = () => visit((hits) => hits > MANY)

  it("Without the right to insert, entries that are there are served, and the log says what is wrong.", async () => {
    await caller.set("stored before", 1)
    await cache.sql(`revoke insert on caching_postgres_entry from ${ROLE}`)
    await untilManyHits()
    expect(caller.offLines).toEqual([])
    expect(caller.logger.complaints).toEqual([
      expect.stringMatching(
        /the database cannot be written.*permission denied for table caching_postgres_entry/
      ),
    ])
  }, 30_000)

  it("Without the right to delete tags, which only orphan cleanup needs, nothing is switched off.", async () => {
    await caller.set("stored before", 1)
    await cache.sql(`revoke delete on caching_postgres_entry_tag from ${ROLE}`)
    await untilManyHits()
    await caller.provider.idle()
    expect(await caller.get("new")).toBe(1)
    expect(caller.offLines).toEqual([])
    for (const line of caller.logger.complaints) {
      expect(line).toMatch(/left to the sweep.*permission denied/)
    }
  }, 30_000)

  it("With a single connection for all, attempts keep their growing pauses, and the log names the limit.", async () => {
    await caller.set("stored before", 1)
    await caller.close()
    await cache.sql(`alter role ${ROLE} connection limit 1`)
    const before = await sessions()
    const url = new URL(cache.url)
    url.username = ROLE
    url.password = "secret"
    caller = Caller.at(url.href)
    const end = performance.now() + WATCHED_MS
    await visit(() => performance.now() > end)
    await caller.close()
    expect((await sessions()) - before).toBeLessThan(2 * MAX_ATTEMPTS)
    expect(caller.logger.complaints.join("\n")).toContain(
      "too many connections for role"
    )
  }, 30_000)
})
