import { Caller, pause } from "../support/faults/caller"
import { expectPromisesKept } from "../support/faults/outage"
import { TableLock } from "../support/faults/table-lock"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { migrate } from "../support/provider/migrate"
import { TestCache } from "../support/provider/test-cache"

/** An advisory lock of the test's own. */
const SLOW = 77

describe("tables that fail", () => {
  let cache: TestCache
  let caller: Caller

  beforeAll(async () => {
    cache = await TestCache.create()
  })
  beforeEach(async () => {
    await cache.empty()
    caller = Caller.at(cache.url)
  })
  afterEach(() => caller.close())
  afterAll(() => cache?.close())

  const ownConnections = async () => {
    const [row] = await cache.sql<{ count: string }>(
      `select count(*) from pg_stat_activity
       where datname = current_database() and application_name = 'medusa-caching-postgres'`
    )
    return Number(row!.count)
  }

  it("While somebody's transaction holds a lock every call is answered, and nothing stale is served after it.", async () => {
    let lock: TableLock | undefined
    try {
      await expectPromisesKept(caller, {
        keepsEntries: true,
        begin: async () => {
          lock = await TableLock.take(cache.url)
        },
        // Every probe that waits on the server for the lock would be a connection that the shop lacks.
        during: async () => {
          await pause(1_500)
          expect(await ownConnections()).toBeLessThanOrEqual(3)
        },
        end: () => lock!.release(),
        watchMs: 1_000,
      })
    } finally {
      await caller.close()
    }
  })

  it("Locks shorter than a timeout are waited for and cost nothing.", async () => {
    await caller.set("k", 1)
    for (let round = 0; round < 3; round++) {
      const lock = await TableLock.take(cache.url)
      const found = caller.get("k")
      await lock.untilSomebodyWaits()
      await lock.release()
      expect(await found).toBe(1)
    }
    expect(caller.logger.complaints).toEqual([])
  })

  it("A set that the server is slow with does not appear after a later clear.", async () => {
    await caller.set("slow", "old")
    await cache.sql(`
      create function wait_for_it() returns trigger language plpgsql as $$
      begin
        if new.data = '"slow"' then perform pg_advisory_xact_lock(${SLOW}); end if;
        return new;
      end $$`)
    await cache.sql(
      `create trigger wait_for_it before insert or update on caching_postgres_entry
       for each row execute function wait_for_it()`
    )
    await cache.sql("select pg_advisory_lock($1)", [SLOW])
    try {
      const set = caller.set("slow", "slow", "t")
      await pause(50)
      const clear = caller.clear({ key: "slow" })
      // Both are answered while the server still works on the set.
      await Promise.all([set, clear])
      expect(await caller.get("slow")).toBeNull()
      await cache.sql("select pg_advisory_unlock($1)", [SLOW])
      const begun = performance.now()
      while (performance.now() - begun < 1_500) {
        expect(await caller.get("slow")).toBeNull()
        await pause(50)
      }
      await caller.untilServing()
      expect(await caller.get("slow")).toBeNull()
      expect(await caller.getTagged("t")).toEqual([])
    } finally {
      await cache.sql("select pg_advisory_unlock_all()")
      await cache.sql("drop function wait_for_it cascade")
    }
  })

  it("A row that somebody holds makes a set and a clear give up in time, and no get.", async () => {
    await caller.set("held", "old")
    await caller.set("other", 1)
    await cache.sql("begin")
    await cache.sql(
      `select from caching_postgres_entry where key = '"held"' for update`
    )
    await caller.set("held", "new")
    await caller.clear({ key: "held" })
    await cache.sql("rollback")
    await caller.untilServing()
    expect(await caller.get("held")).toBeNull()
    expect([null, 1]).toContain(await caller.get("other"))
  })

  it("A value that the server refuses fails its own set only, and hides what it was to replace.", async () => {
    await caller.set("refused", "old")
    await cache.sql(
      "alter table caching_postgres_entry add constraint refuse check (data <> '\"refused\"')"
    )
    try {
      await Promise.all([
        caller.set("a", "a"),
        caller.set("refused", "refused"),
        caller.set("b", "b"),
      ])
      await caller.untilServing()
      expect(await caller.get("refused")).toBeNull()
      expect(await caller.get("a")).toBe("a")
      expect(await caller.get("b")).toBe("b")
    } finally {
      await cache.sql(
        "alter table caching_postgres_entry drop constraint refuse"
      )
    }
  })

  it("While tables are dropped under a running shop every call is answered, and nothing stale is served once they are back.", async () => {
    await expectPromisesKept(caller, {
      keepsEntries: false,
      begin: () => migrate("revert", { clientUrl: cache.url }),
      end: () => migrate("run", { clientUrl: cache.url }),
      cause: /medusa db:migrate/,
    })
  })
})

describe("a database without the migrations", () => {
  let database: TestDatabase
  let caller: Caller

  beforeAll(async () => {
    database = await createTestDatabase()
    caller = Caller.at(database.url)
  })
  afterAll(async () => {
    await caller.close()
    await database.drop()
  })

  it("Before the migrations are run the shop goes on without a cache and the log says what to do; after that it has one.", async () => {
    const [found] = await Promise.all([
      caller.get("k"),
      caller.set("k", 1),
      caller.clear({ tags: ["t"] }),
      caller.clear({ tags: ["*"] }),
    ])
    expect(found).toBeNull()
    await caller.untilOff()
    await caller.expectMissesAtOnce("k")
    await migrate("run", { clientUrl: database.url })
    await caller.untilServing()
    expect(await caller.get("k")).toBeNull()

    expect(caller.offLines).toEqual([
      expect.stringContaining("medusa db:migrate"),
    ])
    expect(caller.onLines).toHaveLength(1)
    expect(caller.otherComplaints).toEqual([])
  })
})
