import { advisoryLock } from "../../src/sql"
import { Caller, LIMITS, pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { TestCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

/** Longer than a clear may take, so that a pending one is carried out meanwhile over another connection. */
const HELD_MS = 2_000

describe("pending clears", () => {
  let cache: TestCache
  let proxy: TcpProxy
  let caller: Caller

  beforeAll(async () => {
    cache = await TestCache.create()
    proxy = await TcpProxy.to(cache.url)
  })
  beforeEach(async () => {
    await cache.empty()
    caller = Caller.at(proxy.url(cache.url))
  })
  afterEach(() => caller.close())
  afterAll(async () => {
    await proxy?.close()
    await cache?.close()
  })

  async function during(work: () => Promise<unknown>): Promise<void> {
    await proxy.refuse()
    proxy.cut()
    await caller.untilOff()
    await work()
    await proxy.restore()
    await caller.untilServing()
  }

  const clearTags = (count: number, more = "") =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        caller.clear({ tags: [`gone-${index}${more}`] })
      )
    )

  it("Pending clears are carried out by name, and spare what they do not concern.", async () => {
    await caller.set("gone", 1, "gone-8999")
    await caller.set("kept", 2, "other")
    await during(() => clearTags(9_000))
    expect(await caller.get("gone")).toBeNull()
    expect(await caller.get("kept")).toBe(2)
  })

  it("Pending clears beyond 16 million characters become a clear of the whole namespace, and of no other.", async () => {
    const other = Caller.at(cache.url, { namespace: "other" })
    await other.set("kept", 3)
    await caller.set("gone", 1, `gone-1099${"x".repeat(16_000)}`)
    await caller.set("gone as well", 2, "unconcerned")
    await during(() => clearTags(1_100, "x".repeat(16_000)))
    expect(await caller.get("gone")).toBeNull()
    expect(await caller.get("gone as well")).toBeNull()
    expect(await other.get("kept")).toBe(3)
    await other.close()
  })

  it("A pending clear with autoInvalidate true keeps entries that were set with autoInvalidate false.", async () => {
    const { provider } = caller
    await provider.set({
      key: "exempt",
      data: 1,
      tags: ["t"],
      options: { autoInvalidate: false },
    })
    await caller.set("gone", 2, "t")
    await during(() =>
      provider.clear({ tags: ["t"], options: { autoInvalidate: true } })
    )
    expect(await caller.get("exempt")).toBe(1)
    expect(await caller.get("gone")).toBeNull()
  })

  it("A pending clear of everything is carried out before anything is served.", async () => {
    await caller.set("k", 1)
    await during(() => caller.clear({ tags: ["*"] }))
    expect(await caller.get("k")).toBeNull()
  })

  it("Keys whose sets were dropped are cleared, too, before they are served.", async () => {
    await caller.set("k", "outdated")
    await during(() => caller.set("k", "dropped"))
    expect(await caller.get("k")).toBeNull()
  })

  it("Pending clears do not hide what is set after the outage.", async () => {
    await during(() => caller.clear({ tags: ["t"] }))
    await caller.set("k", "fresh", "t")
    expect(await caller.getTagged("t")).toEqual(["fresh"])
  })

  it("A get whose answer comes later than that of a pending clear does not return what the clear concerns.", async () => {
    const limits = { ...LIMITS, getMillis: 3 * HELD_MS }
    const slow = Caller.at(proxy.url(cache.url), {}, limits)
    const lock = [advisoryLock("invalidation", "public")]
    const both = () => Promise.all([slow.get("k"), slow.getTagged("t")])
    try {
      await slow.set("k", "outdated", "t")
      await cache.sql("select pg_advisory_lock($1)", lock)
      await slow.clear({ key: "k" })
      expect(await both()).toEqual([null, []])

      proxy.holdAnswersFor(HELD_MS)
      const found = both()
      // By then the server has read the entry.
      await pause(HELD_MS / 10)
      await cache.sql("select pg_advisory_unlock($1)", lock)
      await waitFor("the clear to be carried out", () =>
        Promise.resolve(slow.provider.status().pendingClears === 0 || undefined)
      )
      expect(await found).toEqual([null, []])
    } finally {
      await cache.sql("select pg_advisory_unlock_all()")
      await slow.close()
    }
  })

  it("After a set whose time ran out while it waited, the value that it replaces is not served.", async () => {
    const limits = { ...LIMITS, writeMillis: HELD_MS }
    const slow = Caller.at(cache.url, {}, limits)
    const lock = [advisoryLock("invalidation", "public")]
    try {
      await slow.set("k", "outdated", "t")
      await cache.sql("begin")
      await cache.sql("select from caching_postgres_entry for update")
      await cache.sql("select pg_advisory_lock($1)", lock)
      const cleared = slow.clear({ key: "other" })
      await pause(HELD_MS / 2)
      const set = slow.set("k", "new", "t")
      await pause(HELD_MS / 4)
      // Now the set is sent. It waits for the locked row for longer than the rest of its own time.
      await cache.sql("select pg_advisory_unlock($1)", lock)
      await Promise.all([cleared, set])

      expect([await slow.get("k"), await slow.getTagged("t")]).toEqual([
        null,
        [],
      ])
    } finally {
      await cache.sql("select pg_advisory_unlock_all()")
      await cache.sql("rollback")
      await slow.close()
    }
  })
})
