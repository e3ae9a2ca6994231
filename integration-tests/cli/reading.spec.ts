import { execFileSync } from "node:child_process"
import { runCli, type CliResult } from "../support/cli/run-cli"
import { testCache } from "../support/provider/test-cache"

describe("looking into the cache", () => {
  const cache = testCache()

  beforeEach(async () => {
    await cache.empty()
    await cache.sql("truncate caching_postgres_sweep")
  })

  const run = (...args: string[]): Promise<CliResult> =>
    runCli([...args, "--database-url", cache.url])

  /** What a command prints that succeeds without a word on stderr. */
  const said = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    return stdout
  }
  const json = async (...args: string[]): Promise<unknown> =>
    JSON.parse(await said(...args, "--json")) as unknown

  const expire = (key: string) =>
    cache.sql(
      "update caching_postgres_entry set expires_at = now() - interval '90 s' where key = $1",
      [JSON.stringify(key)]
    )

  describe("stats", () => {
    it("stats prints what the namespace holds.", async () => {
      const provider = cache.provider()
      await provider.set({ key: "a", data: {}, tags: ["both", "one"] })
      await provider.set({ key: "b", data: {}, tags: ["both"] })
      await cache.provider({ namespace: "other" }).set({ key: "c", data: {} })
      await provider.sweep()

      const text = await said("stats")
      expect(text).toMatch(/^Namespace +medusa$/m)
      expect(text).toMatch(/^Entries +2 \(exact\)$/m)
      expect(text).toMatch(/^Size +\d+ B \(exact\)$/m)
      expect(text).toMatch(/^Oldest entry +set (just now|\d+ s ago)$/m)
      expect(text).toMatch(
        /^Last sweep +(just now|\d+ s ago): 0 expired, 0 evicted, took \d+\.\d\d s$/m
      )
      expect(text).toMatch(/^caching_postgres_entry +\d+ KB +~\d+ +\d+ % /m)
      expect(text).toMatch(/^both +2$/m)
      expect(text).toMatch(/^one +1$/m)
      expect(text).not.toMatch(/hit|miss/i)
    })

    it("stats prints that a namespace is empty.", async () => {
      const text = await said("stats")
      expect(text).toMatch(/^Entries +0 \(exact\)$/m)
      expect(text).toMatch(/^Oldest entry +none$/m)
      expect(text).toMatch(/^Last sweep +none yet$/m)
    })

    it("stats --json prints another namespace, and leaves out what each process of the shop counts by itself.", async () => {
      await cache
        .provider({ namespace: "other" })
        .set({ key: "c", data: {}, tags: ["t"] })
      const stats = await json("stats", "--namespace", "other")
      expect(stats).toMatchObject({
        namespace: "other",
        countedPercent: 100,
        sampledPercent: 100,
        entries: 1,
        topTags: [{ tag: "t", entries: 1 }],
        lastSweep: null,
      })
      expect(stats).not.toHaveProperty("hits")
      expect(stats).not.toHaveProperty("hitRate")
    })
  })

  describe("get", () => {
    it("get shows an entry with its tags, options and value.", async () => {
      await cache.provider().set({
        key: "products/1",
        data: { title: "T-shirt" },
        tags: ["Product:1", "Product:list:*"],
        ttl: 3600,
        options: { autoInvalidate: false },
      })
      const text = await said("get", "products/1")
      expect(text).toMatch(/^Key +products\/1$/m)
      expect(text).toMatch(/^Namespace +medusa$/m)
      expect(text).toMatch(/^Tags +Product:1, Product:list:\*$/m)
      expect(text).toMatch(/^autoInvalidate +false$/m)
      expect(text).toMatch(/^Set +\d{4}-\d\d-\d\dT[\d:.]+Z$/m)
      expect(text).toMatch(/^Time left +(1 h|59 min( \d+ s)?)$/m)
      expect(text).toMatch(/^Size +19 B, \d+ B as stored$/m)
      expect(text).toContain('\n\n{\n  "title": "T-shirt"\n}\n')
    })

    it("get --json prints all about an entry.", async () => {
      const begun = Date.now()
      await cache.provider().set({ key: "k", data: [1, null], ttl: 0 })
      const entry = (await json("get", "k")) as { setAt: string }
      expect(entry).toEqual({
        namespace: "medusa",
        key: "k",
        setAt: expect.any(String) as string,
        expiresAt: null,
        secondsLeft: null,
        expired: false,
        bytes: 8,
        storedBytes: expect.any(Number) as number,
        tags: [],
        options: { autoInvalidate: true },
        value: [1, null],
      })
      expect(Math.abs(Date.parse(entry.setAt) - begun)).toBeLessThan(60_000)
    })

    it("get says that an entry has expired.", async () => {
      await cache.provider().set({ key: "k", data: {} })
      await expire("k")
      expect(await said("get", "k")).toMatch(
        /^Time left +expired 1 min( \d+ s)? ago$/m
      )
      expect(await json("get", "k")).toMatchObject({ expired: true })
    })

    it("get fails when there is no such entry.", async () => {
      await cache.provider({ namespace: "other" }).set({ key: "k", data: {} })
      for (const more of [[], ["--json"]]) {
        expect(await run("get", "k", ...more)).toEqual({
          code: 1,
          stdout:
            more.length > 0
              ? (expect.stringContaining('"code": "no-entry"') as string)
              : "",
          stderr: expect.stringMatching(
            /^note: no entries in namespace medusa; namespaces with entries: other\nerror: no entry of key k in namespace "medusa" in postgres:\/\/.*, schema "public"\n$/
          ) as string,
        })
      }
    })

    it("get escapes control characters instead of sending them to the terminal.", async () => {
      await cache.provider().set({
        key: "red\u001b[31m",
        data: { c1: "\u009b31m" },
        tags: ["a\nb"],
      })
      const text = await said("get", "red\u001b[31m")
      expect(text).toContain('"red\\u001b[31m"')
      expect(text).toContain('"c1": "\\u009b31m"')
      expect(text).toContain('"a\\nb"')
    })
  })

  describe("tags", () => {
    it("tags lists the entries of a tag, the newest first, and says how many there are.", async () => {
      const provider = cache.provider()
      for (const key of ["first", "second", "third"]) {
        await provider.set({ key, data: {}, tags: ["t"], ttl: 0 })
      }
      await provider.set({ key: "other", data: {}, tags: ["other"] })
      await expire("second")

      expect(await said("tags", "t")).toMatch(
        /^Key +Size {2}Set +Time left\nthird +2 B {2}\S.* {2}no limit\nsecond +2 B {2}\S.* {2}expired 1 min.* ago\nfirst +2 B {2}\S.* {2}no limit\n\n3 entries have the tag t\.\n$/
      )
      expect(await said("tags", "t", "--limit", "1")).toMatch(
        /\nthird .*\n\n3 entries have the tag t; these are the newest 1\.\n$/
      )
    })

    it("tags --json prints the entries of a tag and how many there are.", async () => {
      const provider = cache.provider()
      await provider.set({ key: "a", data: {}, tags: ["t"] })
      await provider.set({ key: "b", data: {}, tags: ["t", "u"] })
      expect(await json("tags", "t", "--limit", "1")).toEqual({
        tag: "t",
        namespace: "medusa",
        total: 2,
        entries: [expect.objectContaining({ key: "b", bytes: 2 })],
      })
    })

    it("tags lists 50 entries by default.", async () => {
      const provider = cache.provider()
      await Promise.all(
        Array.from({ length: 51 }, (_, index) =>
          provider.set({ key: `k${index}`, data: {}, tags: ["t"] })
        )
      )
      const tagged = (await json("tags", "t")) as {
        total: number
        entries: unknown[]
      }
      expect(tagged.total).toBe(51)
      expect(tagged.entries).toHaveLength(50)
    })

    it("tags says that no entry has the tag.", async () => {
      expect(await said("tags", "t")).toBe("No entry has the tag t.\n")
      expect(await json("tags", "t")).toMatchObject({ total: 0, entries: [] })
    })
  })

  describe("list", () => {
    const set = async (key: string, bytes: number, age: number) => {
      await cache.provider().set({ key, data: "x".repeat(bytes), tags: ["t"] })
      await cache.sql(
        "update caching_postgres_entry set created_at = now() - make_interval(mins => $2) where key = $1",
        [JSON.stringify(key), age]
      )
    }
    const keys = async (...args: string[]): Promise<string[]> => {
      const { entries } = (await json("list", ...args)) as {
        entries: { key: string }[]
      }
      return entries.map(({ key }) => key)
    }

    it("list lists the newest entries first, or the oldest or largest, up to a limit.", async () => {
      await set("old", 10, 90)
      await set("large", 2_000, 60)
      await set("new", 100, 30)
      expect(await keys()).toEqual(["new", "large", "old"])
      expect(await keys("--oldest")).toEqual(["old", "large", "new"])
      expect(await keys("--largest")).toEqual(["large", "new", "old"])
      expect(await json("list", "--largest", "--limit", "1")).toEqual({
        namespace: "medusa",
        order: "largest",
        total: 3,
        entries: [expect.objectContaining({ key: "large", bytes: 2_002 })],
      })
      expect(await said("list", "--oldest", "--limit", "2")).toMatch(
        /^Key +Size {2}Set +Time left\nold +12 B {2}1 h 30 min ago {2}.*\nlarge +2\.0 KB {2}1 h ago.*\n\n3 entries in namespace "medusa"; these are the oldest 2\.\n$/
      )
    })

    it("list says that there are no entries.", async () => {
      expect(await said("list")).toBe('No entries in namespace "medusa".\n')
      expect(await said("tags", "*")).toBe(
        'No entries in namespace "medusa".\n'
      )
    })

    it("The tag * lists every entry, as a clear of it removes every entry.", async () => {
      await set("tagged", 1, 2)
      await cache.provider().set({ key: "untagged", data: {} })
      expect(await json("tags", "*", "--limit", "1")).toEqual({
        tag: "*",
        namespace: "medusa",
        total: 2,
        entries: [expect.objectContaining({ key: "untagged" })],
      })
      expect(await said("tags", "*")).toMatch(
        /\n\n2 entries in namespace "medusa"\.\n$/
      )
    })

    it("A shell hands the keys that list prints to get as they are.", async () => {
      const odd = [
        "products/1",
        'with blanks and $HOME `pwd` \\ * ! "double"',
        "it's",
        "-x",
        "--json",
        " padded ",
        "line\nfeed",
        "nul\0 and \u001b[31m",
        "lone \ud800",
        '"quoted"',
        "größe 尺码",
        "k".repeat(200),
      ]
      for (const key of odd) {
        await cache.provider().set({ key, data: { of: key }, ttl: 0 })
      }
      const rows = (await said("list")).split("\n").slice(1, odd.length + 1)
      const words = rows.map((row) => row.replace(/ +\d+ B {2}\S.*$/, ""))
      for (const [index, word] of words.reverse().entries()) {
        const args = shellSplit(word)
        expect(args).toHaveLength(1)
        expect(await json("get", args[0]!)).toMatchObject({
          key: odd[index],
          value: { of: odd[index] },
        })
      }
    }, 60_000)

    it("A clear takes a key that list prints as a JSON string.", async () => {
      await cache.provider().set({ key: "nul\0", data: {} })
      const [word] = /^'.*?'/m.exec(await said("list"))!
      const [key] = shellSplit(word)
      expect(await said("clear", "--key", key!)).toBe(
        'Cleared 1 entry of key "nul\\u0000".\n'
      )
      expect((await cache.rows()).entries).toBe(0)
    })

    it("get prefers the entry whose key is a JSON string to the entry that the string names.", async () => {
      await cache.provider().set({ key: "k", data: 1 })
      await cache.provider().set({ key: '"k"', data: 2 })
      expect(await json("get", '"k"')).toMatchObject({ key: '"k"', value: 2 })
    })
  })

  describe("a namespace without entries", () => {
    it.each([["stats"], ["list"], ["tags", "t"], ["get", "k"]])(
      "%s fails if --namespace is misspelt, and names the namespaces with entries.",
      async (...command) => {
        await cache.provider().set({ key: "k", data: {} })
        await cache
          .provider({ namespace: "my shop" })
          .set({ key: "k", data: {} })
        const args = [...command, "--namespace", "typo"]
        const line =
          "no entries in namespace typo; namespaces with entries: medusa, 'my shop'"
        expect(await run(...args)).toEqual({
          code: 1,
          stdout: "",
          stderr: `error: ${line}\n`,
        })
        expect(JSON.parse((await run(...args, "--json")).stdout)).toEqual({
          error: {
            message: line,
            code: "unknown-namespace",
            namespaces: ["medusa", "my shop"],
          },
        })
      }
    )

    it("A clear of a namespace without entries succeeds, and notes the others.", async () => {
      await cache.provider().set({ key: "k", data: {} })
      expect(
        await run("clear", "--all", "--yes", "--namespace", "typo")
      ).toEqual({
        code: 0,
        stdout: "Cleared 0 entries of the whole namespace.\n",
        stderr:
          "note: no entries in namespace typo; namespaces with entries: medusa\n",
      })
      expect((await cache.rows()).entries).toBe(1)
    })

    it("In an empty cache every namespace is accepted.", async () => {
      expect(await said("stats", "--namespace", "any")).toMatch(
        /^Entries +0 \(exact\)$/m
      )
    })
  })
})

/** What a shell makes of words. */
function shellSplit(words: string): string[] {
  return execFileSync("sh", ["-c", `printf '%s\\0' ${words}`], {
    encoding: "utf8",
  })
    .split("\0")
    .slice(0, -1)
}
