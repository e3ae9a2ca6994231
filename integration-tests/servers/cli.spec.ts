import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { runCli } from "../support/cli/run-cli"
import { query } from "../support/postgres/server"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { serversAt, TestCache } from "../support/provider/test-cache"

const PACKAGE = path.resolve(__dirname, "../../dist/src/index.js")
const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`)

jest.setTimeout(120_000)

describe("the command line on three servers", () => {
  let cache: TestCache
  let folder: string

  beforeAll(async () => {
    cache = await TestCache.create(3)
    folder = await mkdtemp(path.join(tmpdir(), "caching-postgres-shop-"))
  })
  beforeEach(async () => {
    await cache.empty()
    await configure(3)
    const provider = cache.provider({ timeouts: LONG_TIMEOUTS })
    await Promise.all(
      KEYS.map((key) => provider.set({ key, data: key, tags: ["t"] }))
    )
    await provider.sweep()
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await cache.close()
  })

  /** @param count how many of the servers the shop's options name */
  async function configure(count: number): Promise<void> {
    const options = {
      namespace: "medusa",
      timeouts: LONG_TIMEOUTS,
      database: { servers: serversAt(cache.urls).slice(0, count) },
    }
    const config = {
      projectConfig: { databaseUrl: cache.url },
      featureFlags: { caching: true },
      modules: [
        {
          resolve: "@medusajs/medusa/caching",
          options: { providers: [{ resolve: PACKAGE, id: "cp", options }] },
        },
      ],
    }
    await writeFile(
      path.join(folder, "medusa-config.js"),
      `module.exports = ${JSON.stringify(config)}`
    )
  }

  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { cwd: folder })
    return { code, stderr, text: stdout }
  }
  const asJson = async (...args: string[]) =>
    JSON.parse((await run(...args, "--json")).text) as Record<string, unknown>

  it("The commands list, find and clear entries of all servers.", async () => {
    const listed = await asJson("list", "--oldest", "--limit", "10")
    expect(listed.total).toBe(KEYS.length)
    const entries = listed.entries as { key: string; setAt: string }[]
    expect(entries).toHaveLength(10)
    const times = entries.map(({ setAt }) => setAt)
    expect(times).toEqual([...times].sort())
    for (const key of KEYS.slice(0, 3)) {
      expect(await asJson("get", key)).toMatchObject({ key, value: key })
    }
    expect(await asJson("clear", "--tag", "t")).toMatchObject({
      matched: KEYS.length,
    })
    expect((await cache.rows()).entries).toBe(0)
  })

  it("The command stats shows all servers together, and each by itself.", async () => {
    const { text } = await run("stats")
    expect(text).toMatch(/^Entries +12 \(exact\)$/m)
    expect(text).toMatch(/^Server +Entries +Size +Last hour$/m)
    for (const name of ["a", "b", "c"]) {
      expect(text).toMatch(new RegExp(`^${name} +\\d+ `, "m"))
    }
  })

  it("The doctor examines every server and the list.", async () => {
    const { code, text } = await run("doctor")
    expect({ code, last: text.trim().split("\n").at(-1) }).toEqual({
      code: 0,
      last: "0 problems, 0 warnings.",
    })
    expect(text).toContain(
      "ok       list of servers: a, b, c hold the keys, and all of them know it"
    )
    for (const name of ["a", "b", "c"]) {
      expect(text).toContain(`ok       server "${name}", migrations: applied`)
    }
  })

  it("The doctor finds a server of the list that the options do not name.", async () => {
    await configure(2)
    const { code, text } = await run("doctor")
    expect(code).toBe(1)
    expect(text).toContain(
      "problem  list of servers: the servers say that a, b, c hold the keys, and the options do not name c"
    )
  })

  it("The doctor says which server has lost the table of the list, and that it could not be asked.", async () => {
    const server = "caching_postgres_server"
    await query(cache.urls[1]!, `alter table ${server} rename to elsewhere`)
    try {
      const { code, text } = await run("doctor")
      expect(code).toBe(1)
      expect(text).toContain(
        `problem  server "b", migrations: no table ${server} in schema "public"`
      )
      expect(text).toContain(
        'problem  list of servers: the server "b" could not be asked whether it knows the list: '
      )
      expect(text).not.toContain("all of them know it")
    } finally {
      await query(cache.urls[1]!, `alter table elsewhere rename to ${server}`)
    }
  })

  it("The command servers takes a server out of use and into use again.", async () => {
    const before = await asJson("servers")
    expect(before.servers).toMatchObject([
      { name: "a", generation: 1, names: ["a", "b", "c"] },
      { name: "b", generation: 1 },
      { name: "c", generation: 1 },
    ])
    const { text } = await run("servers", "--use", "a,b")
    expect(text).toMatch(/^a, b hold the keys now\.$/m)
    const [, , third] = await cache.sql<{ count: string }>(
      "select count(*) from caching_postgres_entry"
    )
    expect(third!.count).toBe("0")
    expect((await run("servers", "--use", "a,b,c")).code).toBe(0)
    const refused = await run("servers", "--use", "a,d")
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('the options name no server "d"')
  })
})
