import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "@medusajs/framework/pg"
import type { Engine } from "../../src/engine"
import { type CachingPostgresOptions, resolveOptions } from "../../src/options"
import { PostgresCachingProvider } from "../../src/services"
import { statementsFor } from "../../src/sql"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { migrate } from "../support/provider/migrate"
import { LONG_TIMEOUTS } from "../support/provider/long-timeouts"
import { TestLogger } from "../support/provider/test-logger"

/** Not "public", which every role may use. */
const SCHEMA = "shop_cache"
/** Roles belong to the server, which other spec files use at the same time. */
const ROLE = `cache_role_${randomBytes(6).toString("hex")}`
const PASSWORD = randomBytes(16).toString("hex")

const MAX_ENTRIES = 30
const ENTRY = `${SCHEMA}.caching_postgres_entry`
const TAG = `${SCHEMA}.caching_postgres_entry_tag`
const INVALIDATION = `${SCHEMA}.caching_postgres_invalidation`

const grants = readFileSync(
  join(__dirname, "../../docs/least-privilege.sql"),
  "utf8"
)
  .replaceAll(/^--.*$/gm, "")
  .replaceAll(':"role"', ROLE)
  .replaceAll(':"schema"', SCHEMA)

/** Every privilege of the file by itself, as `<privilege> on <object>`. */
const privileges = [...grants.matchAll(/grant (.+) on (.+) to/g)].flatMap(
  ([, names, object]) =>
    names!.split(", ").map((name) => `${name} on ${object}`)
)

describe("docs/least-privilege.sql", () => {
  let database: TestDatabase
  let owner: Client

  beforeAll(async () => {
    database = await createTestDatabase()
    await migrate(
      "run",
      { clientUrl: database.url },
      { database: { schema: SCHEMA } }
    )
    owner = new Client({ connectionString: database.url })
    await owner.connect()
    await owner.query(`create role ${ROLE} login password '${PASSWORD}'`)
    // Or every role could execute the function, granted or not.
    await owner.query(
      `revoke execute on all functions in schema ${SCHEMA} from public`
    )
    await owner.query(grants)
  })
  afterAll(async () => {
    await owner.query(`drop owned by ${ROLE}`)
    await owner.query(`drop role ${ROLE}`)
    await owner.end()
    await database.drop()
  })

  function urlOfRole(): string {
    const url = new URL(database.url)
    url.username = ROLE
    url.password = PASSWORD
    return url.href
  }

  /**
   * Uses the cache as that role in every way there is.
   *
   * @returns what went wrong: warnings in the log, and calls that failed
   */
  async function complaintsOfUse(): Promise<string[]> {
    const logger = new TestLogger()
    const open = (options: CachingPostgresOptions) =>
      new PostgresCachingProvider({
        logger: logger.asMedusaLogger,
        cachingPostgresOptions: resolveOptions(
          { sweep: false, timeouts: LONG_TIMEOUTS, ...options },
          { database: { clientUrl: urlOfRole(), schema: SCHEMA } }
        ),
      })
    const provider = open({ maxEntries: MAX_ENTRIES })
    const near = open({ nearCache: {} })
    const leasing = open({ lease: { waitMillis: 10 } })
    const failures: string[] = []
    const use = (...calls: (() => Promise<unknown>)[]) =>
      Promise.all(
        calls.map((call) =>
          call().catch((error: Error) => failures.push(error.message))
        )
      )
    try {
      await useInEveryWay(provider, use)
      await provider.idle()
      await use(() => near.get({ key: "a" }))
      await use(
        () => near.get({ key: "a" }),
        () => near.get({ key: "b" })
      )
      // Reports the near cache first.
      await use(() => near.stats())
      await use(() => near.clear({ tags: ["*"] }))
      await use(...otherStatements(provider))
      await use(() => leasing.get({ key: "leased" }))
      await use(() => leasing.set({ key: "leased", data: {} }))
    } finally {
      await provider.close()
      await near.close()
      await leasing.close()
    }
    await empty()
    return [...failures, ...logger.complaints]
  }

  /** What the chart of the admin asks, and what a process does besides where there are several servers. */
  function otherStatements(provider: PostgresCachingProvider) {
    const { pool, statements } = (provider["engine"] as Engine).parts
    const list = ["medusa", "a", Date.now(), "a", null]
    return [
      () => pool.maintain(statements.readUsage, ["medusa", 60, 60]),
      () => pool.maintain(statements.findUse, ["medusa"]),
      () => pool.maintain(statements.writeServer, list),
      () => pool.maintain(statements.readServer, ["medusa"]),
      () =>
        pool.maintain(statements.removeMoved, [
          "medusa",
          "-1",
          10,
          "a",
          "a",
          "b",
          null,
        ]),
    ]
  }

  /** Until no statement of a provider that was closed meanwhile is in the way. */
  async function empty(): Promise<void> {
    const text = `truncate ${ENTRY}, ${TAG}, ${ENTRY}_option, ${INVALIDATION}`
    await owner.query(text).catch(({ code }: { code?: string }) => {
      expect(code).toBe("40P01") // deadlock
      return empty()
    })
  }

  async function useInEveryWay(
    provider: PostgresCachingProvider,
    use: (...calls: (() => Promise<unknown>)[]) => Promise<unknown>
  ): Promise<void> {
    const exempt = { autoInvalidate: false }
    const automatic = { autoInvalidate: true }
    const set = (key: string, options?: { autoInvalidate: boolean }) => () =>
      provider.set({ key, data: { key }, tags: ["t", key], options })
    const get = (key: string) => () => provider.get({ key })

    await use(set("single"))
    await use(set("single"))
    await use(set("exempt", exempt))
    await use(set("a"), set("b"), set("c"))
    await use(set("a"), set("b", exempt), set("c"))
    await use(get("single"))
    await use(get("single"), get("a"), get("b"), get("unknown"))
    // What a failed get does.
    await use(() => (provider["engine"] as Engine).parts.readBreaker.suspect())
    await use(() => provider.set({ key: "null", data: null }))
    await use(get("null"))
    // Sets that follow a miss, the first where nothing was ever cleared.
    await use(get("missed"))
    await use(set("missed"))
    await use(get("missed a"), get("missed b"))
    await use(set("missed a"), set("missed b", exempt))
    await use(get("late"))
    await use(() => provider.clear({ key: "late" }))
    await use(set("late"))
    await use(() => provider.get({ tags: ["t"] }))
    await use(
      () => provider.get({ tags: ["t"] }),
      () => provider.get({ tags: ["a", "b"] })
    )
    await use(() => provider.clear({ key: "a" }))
    await use(() => provider.clear({ tags: ["b", "c"], options: automatic }))
    await use(() => provider.clear({ tags: ["b"] }))
    await use(() => provider.clear({ tags: ["unknown"] }))
    // A set beyond a limit removes what was there.
    await use(() => provider.set({ key: "single", data: {}, ttl: -1 }))

    const many = Array.from({ length: 2 * MAX_ENTRIES }, (_, n) => `many ${n}`)
    await use(...many.map((key) => set(key)))
    await provider.idle()
    await owner.query(
      `update ${ENTRY} set expires_at = now() - interval '1 s'
       where id in (select id from ${ENTRY} order by id desc limit 3)`
    )
    await owner.query(
      `insert into ${TAG} (id, tag_digest) values (1000000000, gen_random_uuid())`
    )
    await owner.query(
      `update ${INVALIDATION} set created_at = now() - interval '10 minutes'`
    )
    // Orphans are removed by the run after the one that found them.
    await use(() => provider.sweep())
    await use(() => provider.sweep())
    await use(() => provider.stats())
    await use(() => provider.clear({ tags: ["*"] }))
  }

  it("The rights of docs/least-privilege.sql are enough for all that the provider does.", async () => {
    const sent = jest.spyOn(Client.prototype, "query")
    expect(await complaintsOfUse()).toEqual([])

    const texts = sent.mock.calls.map(
      ([query]) => (query as { text?: string }).text
    )
    sent.mockRestore()
    const unused = Object.values(statementsFor(SCHEMA)).filter(
      ({ text }) => !texts.includes(text)
    )
    expect(unused.map(({ summary }) => summary)).toEqual([])
  })

  it("The rights of docs/least-privilege.sql are enough for each statement that there is.", async () => {
    const role = new Client({ connectionString: urlOfRole() })
    await role.connect()
    // As the cache's own connections: nothing is worked out from the nulls below.
    await role.query("set plan_cache_mode = force_generic_plan")
    const features = { sharedLeases: true, graceSeconds: 60 }
    const all = [statementsFor(SCHEMA), statementsFor(SCHEMA, features)]
      .flatMap((statements) => Object.values(statements))
      .map((statement) => [statement.name, statement] as const)
    for (const { name, text } of new Map(all).values()) {
      const last = Math.max(
        0,
        ...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n))
      )
      const nothing = Array.from({ length: last }, () => "null").join(", ")
      await role.query(`prepare ${name} as ${text}`)
      // Privileges are checked before a statement runs, and also where it is only explained.
      await role.query(
        `explain execute ${name}${last > 0 ? `(${nothing})` : ""}`
      )
    }
    await role.end()
  })

  it("docs/least-privilege.sql grants what is listed here, each privilege by itself.", () => {
    expect(privileges).toHaveLength(40)
  })

  it.each(privileges)(
    "Without %s, which docs/least-privilege.sql grants, something fails.",
    async (privilege) => {
      await owner.query(`revoke ${privilege} from ${ROLE}`)
      const complaints = await complaintsOfUse()
      await owner.query(`grant ${privilege} to ${ROLE}`)
      expect(complaints.join("\n")).toMatch(
        /permission denied for (schema|table|sequence|function)/
      )
    }
  )

  it("The rights of docs/least-privilege.sql keep others' tables and the tables themselves out of reach.", async () => {
    const role = new Client({ connectionString: urlOfRole() })
    await role.connect()
    const attempts = [
      `drop table ${ENTRY}`,
      `alter table ${ENTRY} set logged`,
      `truncate ${ENTRY}`,
      `create table ${SCHEMA}.own (n int)`,
      `delete from ${SCHEMA}.caching_postgres_sweep`,
      `truncate ${INVALIDATION}`,
      `alter function ${SCHEMA}.caching_postgres_stale_fills rename to own`,
      `select * from ${SCHEMA}.mikro_orm_migrations`,
    ]
    for (const attempt of attempts) {
      await expect(role.query(attempt)).rejects.toThrow(
        /permission denied|must be owner/
      )
    }
    await role.end()
  })
})
