import type { Engine } from "../../src/engine"
import type { PostgresCachingProvider } from "../../src/services"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitingForLock } from "../support/provider/waiting-for-lock"
import { printedSeed, Random } from "../support/random"

describe("concurrent calls", () => {
  const cache = testCache()
  const logger = new TestLogger()

  beforeEach(() => cache.empty())

  const providers = (count: number): PostgresCachingProvider[] =>
    Array.from({ length: count }, () => cache.provider({}, logger))

  it("Gets by tags that are made at once each find the entries of their own tags, each entry once.", async () => {
    const [provider] = providers(1)
    const numbers = Array.from({ length: 60 }, (_, number) => number)
    await Promise.all(
      numbers.map((n) =>
        provider!.set({
          key: `k${n}`,
          data: n,
          tags: [`by three ${n % 3}`, `by four ${n % 4}`, "all"],
        })
      )
    )
    const found = await Promise.all(
      numbers.flatMap((n) => [
        provider!.get({ tags: [`by three ${n % 3}`, `by four ${n % 4}`] }),
        provider!.get({ tags: ["none", `by three ${n % 3}`] }),
        provider!.get({ tags: ["none"] }),
        provider!.get({ tags: ["all"] }),
      ])
    )
    const expected = numbers.flatMap((n) => [
      numbers.filter((m) => m % 3 === n % 3 || m % 4 === n % 4),
      numbers.filter((m) => m % 3 === n % 3),
      [],
      numbers,
    ])
    const sorted = found.map((values) =>
      (values as number[]).toSorted((one, other) => one - other)
    )
    expect(sorted).toEqual(expected)
  })

  it("A get by tags that finds too much leaves those that were made at the same time alone.", async () => {
    const provider = cache.provider({ timeouts: LONG_TIMEOUTS }, logger)
    await provider.set({ key: "k", data: "small", tags: ["few", "many"] })
    await cache.sql(`
      with entry as (
        insert into caching_postgres_entry (id, namespace, key_digest, key, tags, data, expires_at)
        select -n, 'medusa', gen_random_uuid(), n, '["many"]', '1', 'infinity' from generate_series(1, 10000) n
        returning id
      )
      insert into caching_postgres_entry_tag (id, tag_digest)
      select e.id, t.tag_digest from entry e, caching_postgres_entry_tag t
      where t.tag_digest = '${(provider["engine"] as Engine).parts.digests.tag("many")}'`)
    const found = await Promise.all(
      ["few", "many", "none"].map((tag) => provider.get({ tags: [tag] }))
    )
    expect(found).toEqual([["small"], null, []])
    expect(logger.complaints.splice(0)).toEqual([
      expect.stringContaining("a get by tags found too much"),
    ])
    logger.lines.length = 0
  })

  it("Concurrent calls with overlapping keys and tags in any order never deadlock.", async () => {
    const processes = providers(4)
    const seed = printedSeed()
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`)
    const tags = Array.from({ length: 10 }, (_, index) => `t${index}`)

    await Promise.all(
      processes.map(async (provider, process) => {
        const random = new Random(seed + process)
        for (let round = 0; round < 15; round++) {
          await Promise.all([
            ...random.shuffled(keys).map((key) =>
              provider.set({
                key,
                data: { process, round },
                tags: random.shuffled(tags).slice(0, 5),
              })
            ),
            provider.clear({ tags: random.shuffled(tags).slice(0, 4) }),
            provider.clear({
              tags: random.shuffled(tags).slice(0, 4),
              options: { autoInvalidate: true },
            }),
            provider.clear({ key: random.pick(keys) }),
            provider.sweep(),
          ])
        }
        await provider.clear({ tags: random.shuffled(tags) })
      })
    )

    expect(logger.complaints).toEqual([])
    await processes[0]!.clear({ tags: ["*"] })
    await processes[0]!.sweep()
    expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
  })

  it("Orphan cleanup does not wait for the removal of what a large clear has left, with which it could deadlock over the same rows.", async () => {
    const [one, other] = providers(2).map(
      (provider) => (provider["engine"] as Engine).parts
    )
    await cache.sql(
      `insert into caching_postgres_entry_tag (id, tag_digest) select n, $1 from generate_series(1, 2) n`,
      [one!.digests.tag("t")]
    )
    await cache.sql(
      "insert into caching_postgres_entry_option (id, auto_invalidate) select n, false from generate_series(1, 2) n"
    )
    await cache.sql(
      `insert into caching_postgres_invalidation (version, epoch, digests, auto_only, removing_from)
       select max(version) + 1, 1, array[$1::uuid], false, 'medusa' from caching_postgres_invalidation`,
      [one!.digests.tag("t")]
    )
    // Holds the removal of the clear up in the middle, when it has removed the options.
    await cache.sql("begin")
    await cache.sql(
      "select from caching_postgres_entry_tag where id = 2 for update"
    )
    other!.largeClears.start()
    await waitingForLock(cache)
    one!.orphans.removeOrphans(["1", "2"])
    await one!.orphans.idle()
    await cache.sql("rollback")

    expect(await cache.rows()).toEqual({ entries: 0, tags: 0, options: 0 })
    expect(logger.complaints).toEqual([])
  })

  it("Concurrent sets of one entry leave exactly one set's tags.", async () => {
    const processes = providers(4)
    for (let round = 0; round < 25; round++) {
      await Promise.all(
        processes.map((provider, process) =>
          provider.set({
            key: "k",
            data: { process },
            tags: [`only-${process}`, "all"],
          })
        )
      )
      const { process } = (await processes[0]!.get({ key: "k" })) as {
        process: number
      }
      for (const other of processes.keys()) {
        const found = await processes[0]!.get({ tags: [`only-${other}`] })
        expect(found).toEqual(other === process ? [{ process }] : [])
      }
    }
    await processes[0]!.sweep()
    expect(await cache.rows()).toEqual({ entries: 1, tags: 2, options: 0 })
  })

  it("A concurrent read sees an entry with its tags or not at all.", async () => {
    const [writer, reader] = providers(2)
    await writer!.set({ key: "k", data: { round: -1 }, tags: ["always"] })
    let writing = true
    const write = async () => {
      for (let round = 0; round < 200; round++) {
        await writer!.set({
          key: "k",
          data: { round },
          tags: [`a-${round}`, `b-${round}`, "always"],
        })
      }
      writing = false
    }
    const read = async () => {
      let last = -1
      while (writing) {
        const found = (await reader!.get({ tags: ["always"] })) as {
          round: number
        }[]
        expect(found).toHaveLength(1)
        expect(found[0]!.round).toBeGreaterThanOrEqual(last)
        last = found[0]!.round
      }
    }
    await Promise.all([write(), read()])
  })

  it("Writes of one process take effect in the order in which they are made, awaited or not.", async () => {
    const [provider] = providers(1)
    for (let round = 0; round < 50; round++) {
      const set = provider!.set({ key: "k", data: { round }, tags: ["t"] })
      const clear = provider!.clear({ tags: ["t"] })
      await Promise.all([set, clear])
      expect(await provider!.get({ tags: ["t"] })).toEqual([])

      const clearFirst = provider!.clear({ tags: ["t"] })
      const setAfter = provider!.set({ key: "k", data: { round }, tags: ["t"] })
      await Promise.all([clearFirst, setAfter])
      expect(await provider!.get({ key: "k" })).toEqual({ round })
    }
  })

  it("A value that the server refuses fails its own caller only.", async () => {
    const [provider] = providers(1)
    await cache.sql(
      "alter table caching_postgres_entry add constraint refuse check (data <> '\"refused\"')"
    )
    try {
      const own = new TestLogger()
      const watched = cache.provider({}, own)
      await Promise.all(
        ["a", "refused", "b"].map((data) =>
          watched.set({ key: data, data: data })
        )
      )
      expect(await provider!.get({ key: "a" })).toBe("a")
      expect(await provider!.get({ key: "b" })).toBe("b")
      expect(await provider!.get({ key: "refused" })).toBeNull()
      expect(own.complaints).toHaveLength(1)
    } finally {
      await cache.sql(
        "alter table caching_postgres_entry drop constraint refuse"
      )
    }
  })
})
