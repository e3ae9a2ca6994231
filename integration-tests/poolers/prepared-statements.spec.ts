import { Query } from "@medusajs/framework/pg"
import { TestPools, testStatement } from "../support/poolers/test-pool"

const ECHO = testStatement("echo", "select $1::int, $2::text, $3::bytea")
const PARAMETERS = [42, "text", Buffer.from("bytes")]
const ROW = ["42", "text", "\\x6279746573"]

const APPEND_TEXT = "insert into public.history (what) values ($1)"
const APPEND_FIRST = testStatement("append_first", APPEND_TEXT)
const APPEND = testStatement("append", APPEND_TEXT)
const MISSING = testStatement(
  "missing",
  "select what from public.not_yet_there"
)
const NAMES = testStatement(
  "names",
  "select name from pg_prepared_statements order by name"
)

describe("prepared statements of the cache's connections", () => {
  let pools: TestPools

  beforeAll(async () => {
    pools = await TestPools.create()
    await pools.direct.query("create table history (id serial, what text)")
  })
  beforeEach(() => pools.direct.query("truncate history"))
  afterEach(() => pools.endTest())
  afterAll(() => pools.drop())

  const openTwoThroughPooler = async () => {
    const url = await pools.throughPooler()
    return [pools.open(url), pools.open(url)] as const
  }
  const history = async () => {
    const { rows } = await pools.direct.query<{ what: string }>(
      "select what from history order by id"
    )
    return rows.map(({ what }) => what)
  }
  const logged = (text: string) =>
    pools.logger.lines.filter(({ message }) => message.includes(text))

  it("A statement that a pooler has not kept under its name is sent again without one.", async () => {
    const [one, other] = await openTwoThroughPooler()
    expect(await one.read(ECHO, PARAMETERS)).toEqual([ROW])
    // The server's only connection has a statement of that name by now.
    expect(await other.read(ECHO, PARAMETERS)).toEqual([ROW])
    expect(other.restrictions).toMatchObject({
      pooler: true,
      namedStatements: false,
    })
    expect(await other.read(ECHO, PARAMETERS)).toEqual([ROW])
    expect(await one.read(ECHO, PARAMETERS)).toEqual([ROW])
    expect(pools.logger.complaints).toEqual([])
    expect(logged("without names")).toHaveLength(1)
  })

  it("A write that has to be sent again takes effect before the writes made after it.", async () => {
    const [one, other] = await openTwoThroughPooler()
    await one.write(APPEND_FIRST, ["prepared"])
    await Promise.all([
      other.write(APPEND_FIRST, ["first"]),
      other.write(APPEND, ["second"]),
      other.write(APPEND, ["third"]),
    ])
    expect(await history()).toEqual(["prepared", "first", "second", "third"])
  })

  it("A connection that closes after a write had to be sent again has carried out all writes.", async () => {
    const [one, other] = await openTwoThroughPooler()
    await one.write(APPEND_FIRST, ["prepared"])
    const writes = [
      other.write(APPEND_FIRST, ["first"]),
      other.write(APPEND, ["second"]),
    ]
    await Promise.all([...writes, other.close()])
    expect(await history()).toEqual(["prepared", "first", "second"])
  })

  it("Statements keep their names on a connection without a pooler.", async () => {
    const pool = pools.open()
    await pool.read(ECHO, PARAMETERS)
    await pool.read(ECHO, PARAMETERS)
    expect(await pool.read(NAMES, [])).toEqual([["test_echo"], ["test_names"]])
    expect(pool.restrictions).toMatchObject({
      pooler: false,
      namedStatements: true,
      startupOptions: true,
      canSendPrepared: true,
    })
    expect(pools.logger.lines).toEqual([])
  })

  it("A table that was missing when statements were sent together does not cost the statements their names.", async () => {
    const pool = pools.open()
    const failures = await Promise.allSettled([
      pool.read(MISSING, []),
      pool.read(MISSING, []),
    ])
    for (const failure of failures) {
      expect(failure).toMatchObject({ reason: { code: "42P01" } })
    }
    await pools.direct.query("create table not_yet_there (what text)")
    expect(await pool.read(MISSING, [])).toEqual([])
    expect(await pool.read(MISSING, [])).toEqual([])
    expect(pool.restrictions.namedStatements).toBe(true)
    await pools.direct.query("drop table not_yet_there")
  })

  describe("with a pg that has its private methods under other names", () => {
    const { prototype } = Query as unknown as {
      prototype: Record<string, unknown>
    }
    const { prepare, submit } = prototype

    beforeAll(() => {
      prototype.submit = function (wire: object) {
        return (submit as (this: unknown, wire: object) => unknown).call(
          Object.assign(this as object, { prepare }),
          wire
        )
      }
      delete prototype.prepare
    })
    afterAll(() => {
      Object.assign(prototype, { prepare, submit })
    })

    it("Statements are prepared and answered by pg's own named queries.", async () => {
      const pool = pools.open()
      expect(pool.restrictions.canSendPrepared).toBe(false)
      expect(await pool.read(ECHO, PARAMETERS)).toEqual([ROW])
      expect(await pool.read(ECHO, [null, null, null])).toEqual([
        [null, null, null],
      ])
      expect(await pool.read(NAMES, [])).toEqual([
        ["test_echo"],
        ["test_names"],
      ])
    })

    it("A statement that a pooler has not kept is sent again by pg's own unnamed query.", async () => {
      const [one, other] = await openTwoThroughPooler()
      expect(await one.read(ECHO, PARAMETERS)).toEqual([ROW])
      expect(await other.read(ECHO, PARAMETERS)).toEqual([ROW])
      expect(await other.read(ECHO, PARAMETERS)).toEqual([ROW])
      expect(other.restrictions.namedStatements).toBe(false)
      expect(logged("planner settings are the role's own")).toHaveLength(2)
    })
  })
})
