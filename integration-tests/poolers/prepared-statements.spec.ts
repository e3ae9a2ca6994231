import { Client, Query } from "@medusajs/framework/pg"
import type { CachePool } from "../../src/connection"
import { testPool, testStatement } from "../support/poolers/test-pool"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { TestLogger } from "../support/provider/test-logger"

const ECHO = testStatement("echo", "select $1::int, $2::text, $3::bytea")
const APPEND_FIRST = testStatement(
  "append_first",
  "insert into public.history (what) values ($1)"
)
const APPEND = testStatement(
  "append",
  "insert into public.history (what) values ($1)"
)
const MISSING = testStatement(
  "missing",
  "select what from public.not_yet_there"
)

describe("prepared statements of the cache's connections", () => {
  let database: TestDatabase
  let direct: Client
  let logger: TestLogger
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    direct = new Client({ connectionString: database.url })
    await direct.connect()
    await direct.query("create table history (id serial, what text)")
  })
  beforeEach(async () => {
    logger = new TestLogger()
    await direct.query("truncate history")
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) {
      await close()
    }
  })
  afterAll(async () => {
    await direct.end()
    await database.drop()
  })

  const open = (url: string): CachePool => {
    const pool = testPool(url, {}, logger)
    closing.push(() => pool.close())
    return pool
  }
  const openThroughPooler = async (): Promise<[CachePool, CachePool]> => {
    const pooler = await TransactionPooler.start(database.url, 1)
    closing.push(() => pooler.stop())
    return [open(pooler.url), open(pooler.url)]
  }
  const history = async () => {
    const { rows } = await direct.query<{ what: string }>(
      "select what from history order by id"
    )
    return rows.map(({ what }) => what)
  }
  const parameters = [42, "text", Buffer.from("bytes")]
  const row = ["42", "text", "\\x6279746573"]

  it("A statement that a pooler has not kept under its name is sent again without one.", async () => {
    const [one, other] = await openThroughPooler()
    expect(await one.read(ECHO, parameters)).toEqual([row])
    // The server's only connection has a statement of that name by now.
    expect(await other.read(ECHO, parameters)).toEqual([row])
    expect(other.restrictions).toMatchObject({
      pooler: true,
      namedStatements: false,
    })
    expect(await other.read(ECHO, parameters)).toEqual([row])
    expect(await one.read(ECHO, parameters)).toEqual([row])
    expect(logger.complaints).toEqual([])
    expect(
      logger.lines.filter(({ message }) => message.includes("without names"))
    ).toHaveLength(1)
  })

  it("A write that has to be sent again takes effect before the writes made after it.", async () => {
    const [one, other] = await openThroughPooler()
    await one.write(APPEND_FIRST, ["prepared"])
    await Promise.all([
      other.write(APPEND_FIRST, ["first"]),
      other.write(APPEND, ["second"]),
      other.write(APPEND, ["third"]),
    ])
    expect(await history()).toEqual(["prepared", "first", "second", "third"])
  })

  it("A connection that closes after a write had to be sent again has carried out all writes.", async () => {
    const [one, other] = await openThroughPooler()
    await one.write(APPEND_FIRST, ["prepared"])
    const writes = [
      other.write(APPEND_FIRST, ["first"]),
      other.write(APPEND, ["second"]),
    ]
    await Promise.all([...writes, other.close()])
    expect(await history()).toEqual(["prepared", "first", "second"])
  })

  it("Statements keep their names on a connection without a pooler.", async () => {
    const pool = open(database.url)
    await pool.read(ECHO, parameters)
    await pool.read(ECHO, parameters)
    const names = testStatement(
      "names",
      "select name from pg_prepared_statements order by name"
    )
    expect(await pool.read(names, [])).toEqual([["test_echo"], ["test_names"]])
    expect(pool.restrictions).toMatchObject({
      pooler: false,
      namedStatements: true,
      startupOptions: true,
    })
    expect(logger.lines).toEqual([])
  })

  it("A table that was missing when statements were sent together does not cost the statements their names.", async () => {
    const pool = open(database.url)
    const failures = await Promise.allSettled([
      pool.read(MISSING, []),
      pool.read(MISSING, []),
    ])
    for (const failure of failures) {
      expect(failure).toMatchObject({ reason: { code: "42P01" } })
    }
    await direct.query("create table not_yet_there (what text)")
    expect(await pool.read(MISSING, [])).toEqual([])
    expect(await pool.read(MISSING, [])).toEqual([])
    expect(pool.restrictions.namedStatements).toBe(true)
    await direct.query("drop table not_yet_there")
  })

  describe("with a pg whose private methods have other names", () => {
    const { prototype } = Query as unknown as {
      prototype: Record<string, unknown>
    }
    const { prepare, submit } = prototype

    beforeAll(() => {
      prototype.renamedPrepare = prepare
      prototype.submit = function (wire: { parse: unknown }) {
        return (submit as (this: unknown, wire: object) => unknown).call(
          Object.assign(this as object, { prepare }),
          wire
        )
      }
      delete prototype.prepare
    })
    afterAll(() => {
      Object.assign(prototype, { prepare, submit })
      delete prototype.renamedPrepare
    })

    it("Statements are prepared and answered by pg's own means.", async () => {
      const pool = open(database.url)
      expect(await pool.read(ECHO, parameters)).toEqual([row])
      expect(await pool.read(ECHO, [null, null, null])).toEqual([
        [null, null, null],
      ])
      const names = testStatement(
        "names",
        "select name from pg_prepared_statements order by name"
      )
      expect(await pool.read(names, [])).toEqual([
        ["test_echo"],
        ["test_names"],
      ])
    })

    it("A statement that a pooler has not kept is sent again by pg's own means.", async () => {
      const [one, other] = await openThroughPooler()
      expect(await one.read(ECHO, parameters)).toEqual([row])
      expect(await other.read(ECHO, parameters)).toEqual([row])
      expect(await other.read(ECHO, parameters)).toEqual([row])
      expect(other.restrictions.namedStatements).toBe(false)
    })
  })
})
