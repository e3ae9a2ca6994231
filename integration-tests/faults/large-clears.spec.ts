import { Digester } from "../../src/digests"
import { Caller } from "../support/faults/caller"
import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

const ENTRIES = 60_000
const NAMESPACE = "medusa"
const REMOVAL_LIMIT_MS = 50_000
/** For writes far shorter than the removal of so many entries takes. */
const LIMITS = { getMillis: 20_000, writeMillis: 300 }

describe("a clear of very many entries", () => {
  const cache = testCache()
  let caller: Caller
  let other: Caller

  beforeEach(async () => {
    await cache.empty()
    caller = Caller.at(cache.url, {}, LIMITS)
    other = Caller.at(cache.url, {}, LIMITS)
  })
  afterEach(async () => {
    await caller.close()
    await other.close()
  })

  /** So many entries with the tag "all", past the provider: it would take long. */
  async function fill(): Promise<void> {
    const digests = new Digester(NAMESPACE)
    const keys = Array.from({ length: ENTRIES }, (_, n) =>
      digests.key(JSON.stringify(`k${n}`))
    )
    await cache.sql(
      `insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
       select n, $1, k, to_json('k' || (n - 1))::text, '["all"]', '{"old":true}', 'infinity'
       from unnest($2::uuid[]) with ordinality as e (k, n)`,
      [NAMESPACE, keys]
    )
    await cache.sql(
      `insert into caching_postgres_entry_tag (id, tag_digest)
       select n, $1 from generate_series(1, ${ENTRIES}) n`,
      [digests.tag("all")]
    )
    await cache.sql(
      "analyze caching_postgres_entry, caching_postgres_entry_tag"
    )
  }

  const left = async () =>
    (
      await cache.sql(
        "select from caching_postgres_entry where data like '%old%'"
      )
    ).length

  /** @param meanwhile is done again and again */
  async function untilRemoved(
    meanwhile: () => Promise<unknown> = () => Promise.resolve()
  ): Promise<void> {
    await waitFor(
      "the cleared entries to be removed",
      async () => {
        await meanwhile()
        return (await left()) === 0 || undefined
      },
      { timeoutMs: REMOVAL_LIMIT_MS }
    )
  }

  it.each([
    ["a tag", { tags: ["all"] }],
    ["everything", { tags: ["*"] }],
  ])(
    "A clear of 60,000 entries by %s is in force in every process when it returns, though they are removed later.",
    async (_, clear) => {
      await fill()
      expect(await caller.get("k0")).toEqual({ old: true })
      await caller.clear(clear)
      expect(await left()).toBeGreaterThan(0)
      for (const one of [caller, other]) {
        expect(await one.get("k0")).toBeNull()
        expect(await one.get(`k${ENTRIES - 1}`)).toBeNull()
        expect(await Promise.all([one.get("k1"), one.get("k2")])).toEqual([
          null,
          null,
        ])
        expect(await one.getTagged("all")).toEqual([])
      }
      // What is stored afterwards is served, and stays.
      await other.set("fresh", 1, "all")
      expect(await caller.get("fresh")).toBe(1)
      await untilRemoved()
      await caller.provider.idle()
      expect(await caller.get("fresh")).toBe(1)
      expect(await caller.getTagged("all")).toEqual([1])
      expect(
        await cache.sql(
          "select from caching_postgres_invalidation where removing_from is not null"
        )
      ).toEqual([])
      expect(caller.logger.complaints).toEqual([])
    },
    60_000
  )

  it("A clear does not wait while what an equal one before it has cleared is being removed.", async () => {
    await fill()
    await caller.clear({ tags: ["all"] })
    // As the removal of a batch locks it.
    await cache.sql("begin")
    await cache.sql(
      "select from caching_postgres_invalidation where removing_from is not null for update"
    )
    await other.clear({ tags: ["all"] })
    expect(other.provider.status()).toMatchObject({
      state: "on",
      pendingClears: 0,
    })
    await cache.sql("rollback")
    await untilRemoved()
  }, 60_000)

  it("Other entries are served while a clear of 60,000 entries is under way.", async () => {
    await fill()
    await caller.set("unconcerned", 1, "other")
    await caller.provider.set({
      key: "exempt",
      data: 2,
      tags: ["all"],
      options: { autoInvalidate: false },
    })
    await caller.provider.clear({
      tags: ["all"],
      options: { autoInvalidate: true },
    })
    await untilRemoved(async () => {
      expect(await caller.get("unconcerned")).toBe(1)
      expect(await other.get("exempt")).toBe(2)
      expect(await other.get("k5")).toBeNull()
    })
    expect(await other.get("exempt")).toBe(2)
  }, 60_000)

  it("The sweep of another process removes what a process has left that ended after a clear of 60,000 entries.", async () => {
    await fill()
    await cache.sql("begin")
    await cache.sql("select from caching_postgres_entry for update")
    await caller.clear({ tags: ["all"] })
    await caller.close()
    await cache.sql("commit")
    expect(await left()).toBe(ENTRIES)
    expect(await other.get("k0")).toBeNull()
    await untilRemoved(() => other.provider.sweep())
    const { entries, tags } = await cache.rows()
    expect({ entries, tags }).toEqual({ entries: 0, tags: 0 })
  }, 60_000)

  it("A clear leaves an entry that another transaction has locked to be removed later, and it is not served.", async () => {
    await caller.set("held", "old", "t")
    await cache.sql("begin")
    await cache.sql(
      `select from caching_postgres_entry where key = '"held"' for update`
    )
    await caller.clear({ tags: ["t"] })
    expect(await caller.get("held")).toBeNull()
    expect(await other.get("held")).toBeNull()
    expect(await left()).toBe(1)
    await cache.sql("rollback")
    await untilRemoved()
    expect(caller.logger.complaints).toEqual([])
  })
})
