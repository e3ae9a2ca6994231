import { Caller, pause } from "../support/faults/caller"
import { TableLock } from "../support/faults/table-lock"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"

const DEFAULTS = { getMillis: 500, writeMillis: 5_000 }

describe("a slow read", () => {
  const cache = testCache()
  let caller: Caller

  beforeEach(async () => {
    await cache.empty()
    caller = Caller.at(cache.url, {}, DEFAULTS)
  })
  afterEach(() => caller.close())

  it("Twelve concurrent gets of 7.4 MB leave the cache on.", async () => {
    const text = "x".repeat(7.4 * 2 ** 20)
    for (let n = 0; n < 12; n++) {
      await caller.set(`large ${n}`, text)
    }
    await caller.set("small", 1)
    const found = await Promise.all(
      Array.from({ length: 12 }, (_, n) => caller.get(`large ${n}`))
    )
    // One that comes too late is a miss; it is never another's value.
    expect(found.filter((one) => one !== null && one !== text)).toEqual([])
    expect(found).toContain(text)
    await caller.untilServing()
    expect(await caller.get("small")).toBe(1)
    expect(caller.offLines).toEqual([])
  }, 60_000)

  it("Large and small values that are read at once come back each under its own key.", async () => {
    const large = (n: number) => `${n}`.padEnd(100_000, "x")
    await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        caller.set(`k${n}`, n % 2 ? large(n) : n)
      )
    )
    const found = await Promise.all(
      Array.from({ length: 12 }, (_, n) => caller.get(`k${n % 6}`))
    )
    expect(found).toEqual(
      Array.from({ length: 12 }, (_, n) => (n % 2 ? large(n % 6) : n % 6))
    )
  })

  it("A large value that is removed between the two statements that read it is a miss.", async () => {
    const proxy = await TcpProxy.to(cache.url)
    const patient = Caller.at(proxy.url(cache.url), {}, LONG_TIMEOUTS)
    await patient.set("large", "x".repeat(100_000))
    await patient.set("small", 1)
    expect(await patient.get("small")).toBe(1)

    proxy.stallAnswers()
    // They share a statement, which finds that one of them is large and must be read by itself.
    const found = Promise.all([patient.get("large"), patient.get("small")])
    await pause(300)
    await cache.sql("delete from caching_postgres_entry")
    await proxy.restore()
    expect(await found).toEqual([null, 1])
    await patient.close()
    await proxy.close()
  })

  it("A get by a tag of more than 10,000 entries is a miss, which the log explains, and leaves the cache on.", async () => {
    await cache.sql(`
      insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
      select n, 'medusa', gen_random_uuid(), n, '["many"]', '{"n":1}', 'infinity'
      from generate_series(1, 60000) n`)
    await caller.set("small", 1, "many")
    await cache.sql(
      `insert into caching_postgres_entry_tag (id, tag_digest)
       select n, (select tag_digest from caching_postgres_entry_tag limit 1) from generate_series(1, 60000) n`
    )
    expect(await caller.getTagged("many")).toBeNull()
    expect(caller.offLines).toEqual([])
    expect(await caller.get("small")).toBe(1)
    expect(caller.logger.complaints).toEqual([
      expect.stringMatching(/a get (by tags found too much|failed)/),
    ])
  }, 60_000)

  it("A get by tags of more than 32 MB is a miss, and of less is answered.", async () => {
    const text = "x".repeat(7 * 2 ** 20)
    for (let n = 0; n < 4; n++) {
      await caller.set(`k${n}`, text, "all", n < 1 ? "one" : "rest")
    }
    await caller.set("k4", text, "all")
    expect(await caller.getTagged("all")).toBeNull()
    expect(await caller.getTagged("one")).toEqual([text])
  }, 60_000)

  it("A get that waits for a lock is a miss of its own, and the gets of other tables go on.", async () => {
    await caller.set("k", 1)
    const lock = await TableLock.take(cache.url, "caching_postgres_entry_tag")
    try {
      expect(await caller.getTagged("t")).toBeNull()
      expect(await caller.get("k")).toBe(1)
      expect(caller.offLines).toEqual([])
    } finally {
      await lock.release()
    }
  })
})
