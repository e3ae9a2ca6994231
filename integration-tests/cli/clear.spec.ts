import { runCli, type CliResult } from "../support/cli/run-cli"
import { waitingForLock } from "../support/provider/waiting-for-lock"
import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

describe("clear", () => {
  const cache = testCache()

  beforeEach(async () => {
    await cache.empty()
    const provider = cache.provider()
    await provider.set({ key: "a", data: {}, tags: ["one", "both"] })
    await provider.set({
      key: "b",
      data: {},
      tags: ["two", "both"],
      options: { autoInvalidate: false },
    })
    await provider.set({ key: "c", data: {}, tags: ["three"] })
    await cache
      .provider({ namespace: "other" })
      .set({ key: "a", data: {}, tags: ["one"] })
  })

  const clear = (...args: string[]): Promise<CliResult> =>
    runCli(["clear", ...args, "--database-url", cache.url])

  /** The keys of namespace "medusa" that are there. */
  const left = async (): Promise<string[]> =>
    (
      await cache.sql<{ key: string }>(
        `select key::json #>> '{}' as key from caching_postgres_entry
         where namespace = 'medusa' order by 1`
      )
    ).map(({ key }) => key)

  it("clear reaches the near caches of a shop, although it is given only a database's URL.", async () => {
    const shop = cache.provider({ nearCache: { ttl: 60 } })
    await waitFor("the near cache to serve", async () => {
      await shop.get({ key: "a" })
      return (shop.status().nearCache?.hits ?? 0) > 0 || undefined
    })
    await clear("--key", "a")
    await waitFor("the near cache to hear of it", async () =>
      (await shop.get({ key: "a" })) === null ? true : undefined
    )
  })

  it.each([
    [["--key", "a"], "1 entry of key a", ["b", "c"]],
    [["--key", "unknown"], "0 entries of key unknown", ["a", "b", "c"]],
    [["--tag", "both"], "2 entries with the tag both", ["c"]],
    [
      ["--tag", "both", "--tag", "three", "--tag", "one"],
      "3 entries with any of the tags both, three, one",
      [],
    ],
    [
      ["--tag", "both", "--auto-invalidate"],
      "1 entry with the tag both",
      ["b", "c"],
    ],
    [
      ["--key", "b", "--auto-invalidate"],
      "0 entries of key b",
      ["a", "b", "c"],
    ],
    [["--all", "--yes"], "3 entries of the whole namespace", []],
    [["--tag", "*", "--yes"], "3 entries of the whole namespace", []],
  ])(
    "clear %j removes what it names, and says how many entries these are.",
    async (args, said, keys) => {
      expect(await clear(...args)).toEqual({
        code: 0,
        stdout: `Cleared ${said}.\n`,
        stderr: "",
      })
      expect(await left()).toEqual(keys)
      expect((await cache.rows()).entries).toBe(keys.length + 1)
    }
  )

  it("A clear also removes the tags and options of the entries that it removes.", async () => {
    await clear("--tag", "one", "--tag", "two", "--tag", "three")
    expect(await cache.rows()).toEqual({ entries: 1, tags: 1, options: 0 })
  })

  it("clear --json prints the namespace and the number of entries.", async () => {
    const { stdout } = await clear("--tag", "both", "--json")
    expect(JSON.parse(stdout)).toEqual({ namespace: "medusa", matched: 2 })
  })

  it.each([["--all"], ["--tag=*"], ["--tag=both --tag=*"]])(
    "clear %s clears nothing if stdin is not a terminal.",
    async (args) => {
      expect(await clear(...args.split(" "))).toEqual({
        code: 1,
        stdout: "",
        stderr:
          "error: nothing was cleared: stdin is not a terminal, so it cannot ask; --yes clears everything without asking\n",
      })
      expect(await left()).toHaveLength(3)
    }
  )

  it.each([
    [[]],
    [["--yes"]],
    [["--key", "a", "--all", "--yes"]],
    [["--key", "a", "--tag", "both"]],
    [["--tag", "*", "--all", "--yes"]],
    [["--key", ""]],
    [["--all", "--yes", "--auto-invalidate"]],
  ])("clear refuses the arguments %j, and clears nothing.", async (args) => {
    const { code, stdout, stderr } = await clear(...args)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toMatch(/^error: .*--(key|all).*\n$/)
    expect(await left()).toHaveLength(3)
  })

  it("A clear that the database refuses fails with one line.", async () => {
    await cache.sql(`
      create function refuse() returns trigger language plpgsql
        as $$ begin raise 'deleting is not allowed here'; end $$;
      create trigger refuse before delete on caching_postgres_entry
        for each row execute function refuse()`)
    try {
      for (const args of [
        ["--key", "a"],
        ["--tag", "both"],
        ["--all", "--yes"],
      ]) {
        expect(await clear(...args)).toEqual({
          code: 1,
          stdout: "",
          stderr:
            "error: the clear failed, and may have removed a part: deleting is not allowed here\n",
        })
      }
      expect(await left()).toHaveLength(3)
    } finally {
      await cache.sql("drop function refuse cascade")
    }
  })

  it("A clear waits for a lock longer than a shop would.", async () => {
    await cache.sql("begin")
    await cache.sql(
      "lock table caching_postgres_invalidation in exclusive mode"
    )
    const cleared = clear("--all", "--yes")
    await waitingForLock(cache)
    await cache.sql("select pg_sleep(6)")
    await cache.sql("rollback")
    expect(await cleared).toMatchObject({ code: 0, stderr: "" })
    expect(await left()).toEqual([])
  })
})
