import {
  type CachingModuleOptions,
  type CachingPostgresOptions,
  OptionError,
  resolveOptions,
} from ".."

const shop = {
  database: {
    clientUrl: "postgres://shop@db/shop",
    schema: "shop_schema",
    driverOptions: { connection: { ssl: { rejectUnauthorized: false } } },
  },
}
const resolve = (options: unknown, module: CachingModuleOptions = shop) =>
  resolveOptions(options, module)

describe("options", () => {
  it("Without options, there are defaults, and database, schema and SSL settings are the shop's.", () => {
    expect(resolve({})).toEqual({
      ttl: 3600,
      namespace: "medusa",
      sweep: { schedule: "* * * * *", timeZone: undefined },
      maxEntries: Infinity,
      maxBytes: Infinity,
      maxEntryBytes: 8 * 1024 * 1024,
      logged: false,
      timeouts: { getMillis: 500, writeMillis: 5_000 },
      nearCache: false,
      lease: false,
      grace: 0,
      pool: {
        max: 3,
        idleTimeoutMillis: 30_000,
        connectionTimeoutMillis: 5_000,
      },
      database: shop.database,
      servers: [],
    })
  })

  it("Every option takes effect.", () => {
    const options = {
      ttl: 5,
      namespace: "n",
      sweep: { schedule: "*/5 * * * * *", timeZone: "Europe/Copenhagen" },
      maxEntries: 1_000,
      maxBytes: 2 ** 30,
      maxEntryBytes: 1_000,
      logged: true,
      timeouts: { getMillis: 10, writeMillis: 20 },
      nearCache: {
        maxBytes: 2 ** 20,
        ttl: 0.5,
        share: true,
        clientUrl: "postgres://direct/db",
      },
      lease: { waitMillis: 10, acrossProcesses: false },
      grace: 60,
      pool: { max: 4, idleTimeoutMillis: 0, connectionTimeoutMillis: 1 },
      database: {
        clientUrl: "postgresql://own/db",
        schema: "s",
        driverOptions: { ssl: true },
      },
    }
    expect(resolve(options)).toEqual({ ...options, servers: [] })
  })

  it("The sweep takes a schedule by itself, a time zone by itself, or false.", () => {
    expect(resolve({ sweep: "*/5 * * * *" }).sweep).toEqual({
      schedule: "*/5 * * * *",
      timeZone: undefined,
    })
    expect(resolve({ sweep: { timeZone: "UTC" } }).sweep).toEqual({
      schedule: "* * * * *",
      timeZone: "UTC",
    })
    expect(resolve({ sweep: false }).sweep).toBe(false)
  })

  it("The near cache has defaults for the options that it is not given.", () => {
    expect(resolve({ nearCache: {} }).nearCache).toEqual({
      maxBytes: 32 * 1024 * 1024,
      ttl: 5,
      share: false,
      clientUrl: undefined,
    })
    expect(resolve({ nearCache: true })).toEqual(resolve({ nearCache: {} }))
    expect(resolve({ nearCache: false }).nearCache).toBe(false)
  })

  it("true stands for a lease with its defaults, false for none, and a grace turns it on.", () => {
    const defaults = { waitMillis: 2_000, acrossProcesses: true }
    expect(resolve({ lease: true }).lease).toEqual(defaults)
    expect(resolve({ lease: {} }).lease).toEqual(defaults)
    expect(resolve({ lease: false }).lease).toBe(false)
    expect(resolve({ grace: 5 }).lease).toEqual(defaults)
  })

  it("An option that is undefined takes its default.", () => {
    expect(resolve({ ttl: undefined, pool: { max: undefined } })).toEqual(
      resolve({})
    )
  })

  it.each([
    [0, Infinity],
    ["0", Infinity],
    [Infinity, Infinity],
    ["60", 60],
    [0.5, 0.5],
  ])("A ttl of %p is read as %p seconds.", (ttl, seconds) => {
    expect(resolve({ ttl }).ttl).toBe(seconds)
  })

  it("A database of the cache's own does not take the shop's schema and driver options.", () => {
    const { database } = resolve({
      database: { clientUrl: "postgres://own" },
      namespace: "n",
    })
    expect(database).toEqual({
      clientUrl: "postgres://own",
      schema: "public",
      driverOptions: {},
    })
  })

  it("A database of the cache's own needs a namespace, and the error says why.", () => {
    const options = { database: { clientUrl: "postgres://own" } }
    expect(() => resolve(options)).toThrow(
      /option "namespace": got nothing, though "database\.clientUrl" .*several shops may use that database/
    )
    expect(() => resolve(options, {})).toThrow(/option "namespace"/)
    expect(resolve({ ...options, namespace: "medusa" }).namespace).toBe(
      "medusa"
    )
  })

  it("The shop's own database has a default namespace, whether the options name that database or not.", () => {
    const { clientUrl } = shop.database
    expect(resolve({ database: { clientUrl } }).namespace).toBe("medusa")
    expect(resolve({ database: { schema: "cache" } }).namespace).toBe("medusa")
  })

  it("A schema by itself leaves the rest of the database's options to the shop.", () => {
    expect(resolve({ database: { schema: "cache" } }).database).toEqual({
      ...shop.database,
      schema: "cache",
    })
  })

  it.each([
    [{ ttl: -1 }, /option "ttl": got -1, allowed: seconds as a number/],
    [{ ttl: NaN }, /option "ttl": got NaN/],
    [{ ttl: "soon" }, /option "ttl": got 'soon'/],
    [{ ttl: null }, /option "ttl": got null/],
    [{ tll: 5 }, /option "tll" does not exist, did you mean "ttl"\?$/],
    [
      { timeToLive: 5 },
      /option "timeToLive" does not exist, allowed: ttl, namespace, sweep, maxEntries, maxBytes, maxEntryBytes, logged, timeouts, nearCache, lease, grace, pool, database$/,
    ],
    [{ constructor: 5 }, /option "constructor" does not exist, allowed: ttl,/],
    [
      { maxentrys: 5 },
      /option "maxentrys" does not exist, did you mean "maxEntries"\?$/,
    ],
    [
      { timeouts: { clearMillis: 500 } },
      /option "timeouts.clearMillis" does not exist, allowed: getMillis, writeMillis$/,
    ],
    [
      { timeouts: { getMilis: 500 } },
      /option "timeouts.getMilis" does not exist, did you mean "timeouts.getMillis"\?$/,
    ],
    [{ namespace: "" }, /option "namespace": got ''/],
    [{ namespace: "a\0b" }, /option "namespace"/],
    [{ namespace: "n".repeat(201) }, /option "namespace".*1 to 200 characters/],
    [{ sweep: true }, /option "sweep": got true, allowed: a cron expression/],
    [{ sweep: "61 * * * *" }, /option "sweep": got '61 \* \* \* \*'/],
    [
      { sweep: { schedule: "daily" } },
      /option "sweep.schedule": got 'daily', allowed: a cron expression/,
    ],
    [
      { sweep: { timeZone: "Mars/Base" } },
      /option "sweep.timeZone": got 'Mars\/Base', allowed: the IANA name/,
    ],
    [
      { sweep: { zone: "UTC" } },
      /option "sweep.zone" does not exist, allowed: schedule, timeZone$/,
    ],
    [
      { maxEntries: 0 },
      /option "maxEntries": got 0, allowed: a whole number, 1 or more, or Infinity/,
    ],
    [{ maxEntries: "10" }, /option "maxEntries": got '10'/],
    [
      { maxBytes: 1_000 },
      /option "maxBytes": got 1000, allowed: bytes as a whole number, 1048576 \(1 MB\) or more/,
    ],
    [
      { nearCache: "on" },
      /option "nearCache": got 'on', allowed: true, \{ maxBytes, ttl, share, clientUrl \} or false/,
    ],
    [
      { nearCache: { maxBytes: 1_000 } },
      /option "nearCache.maxBytes": got 1000, allowed: .* 1048576 \(1 MB\) or more/,
    ],
    [
      { nearCache: { ttl: "5" } },
      /option "nearCache.ttl": got '5', allowed: seconds as a number from 0.1 to 60/,
    ],
    [
      { nearCache: { ttl: 61 } },
      /option "nearCache.ttl": got 61, allowed: seconds as a number from 0.1 to 60/,
    ],
    [
      { nearCache: { share: 1 } },
      /option "nearCache.share": got 1, allowed: true or false/,
    ],
    [
      { nearCache: { clientUrl: "mysql://u:secret@h" } },
      /option "nearCache.clientUrl": got something else, allowed: a postgres:\/\/ URL/,
    ],
    [
      { lease: { waitMillis: 5 } },
      /option "lease.waitMillis": got 5, allowed: milliseconds as a whole number from 10 to 60000/,
    ],
    [
      { lease: "yes" },
      /option "lease": got 'yes', allowed: true, \{ waitMillis, acrossProcesses \} or false/,
    ],
    [
      { grace: -1 },
      /option "grace": got -1, allowed: seconds as a whole number from 0 to 2592000/,
    ],
    [
      { nearCache: { maxAge: 5 } },
      /option "nearCache.maxAge" does not exist, allowed: maxBytes, ttl, share, clientUrl$/,
    ],
    [
      { maxEntryBytes: Infinity },
      /option "maxEntryBytes": got Infinity, allowed: .* to 268435456 \(256 MB\)/,
    ],
    [
      { timeouts: { getMillis: 5 } },
      /option "timeouts.getMillis": got 5, allowed: milliseconds as a whole number from 10 to 60000/,
    ],
    [{ pool: 5 }, /option "pool": got 5, allowed: an object/],
    [
      { pool: { max: 2 } },
      /option "pool.max": got 2, allowed: a whole number from 3 to 100/,
    ],
    [{ pool: { max: "5" } }, /option "pool.max": got '5'/],
    [{ pool: { min: 1 } }, /option "pool.min" does not exist, allowed: max, /],
    [
      { pool: { idleTimeoutMillis: -1 } },
      /option "pool.idleTimeoutMillis": got -1/,
    ],
    [{ database: "postgres://x" }, /option "database": got 'postgres:\/\/x'/],
    [
      { database: { schema: "My-Schema" } },
      /option "database.schema": got 'My-Schema', allowed: a lower-case identifier/,
    ],
    [
      { database: { schema: 'x"; drop schema public' } },
      /option "database.schema"/,
    ],
    [
      { database: { driverOptions: [] } },
      /option "database.driverOptions": got \[\], allowed: an object/,
    ],
    ["ttl", /option "options": got 'ttl', allowed: an object/],
  ])(
    "The options %j are refused in one line that names the option, what came and what is allowed.",
    (options, message) => {
      expect(() => resolve(options)).toThrow(message)
      expect(() => resolve(options)).toThrow(/^\[caching-postgres\] [^\n]*$/)
    }
  )

  it("All wrong options are named at once, a line for each.", () => {
    const options = {
      tll: 5,
      maxEntries: 0,
      nearCache: { ttl: 99 },
      database: { schema: "My-Schema" },
    }
    let refused: unknown
    try {
      resolve(options)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(OptionError)
    const { lines, message } = refused as OptionError
    expect(message).toBe(lines.join("\n"))
    expect(lines).toEqual([
      expect.stringMatching(/^\[caching-postgres\] option "tll" does not/),
      expect.stringMatching(/^\[caching-postgres\] option "maxEntries": got 0/),
      expect.stringMatching(/^\[caching-postgres\] option "nearCache.ttl": /),
      expect.stringMatching(/^\[caching-postgres\] option "database.schema":/),
    ])
  })

  it("A missing namespace is named together with the other wrong options.", () => {
    const options = {
      ttl: "soon",
      database: { clientUrl: "postgres://own" },
    }
    expect(() => resolve(options)).toThrow(
      /option "ttl": .*\n.*option "namespace": got nothing/
    )
  })

  it("A ttl that is no number does not compile, and a number in a string does.", () => {
    const ttls: CachingPostgresOptions["ttl"][] = [
      60,
      "60",
      "0.5",
      // @ts-expect-error -- a unit is not understood
      "1h",
      // @ts-expect-error -- neither is a word
      "soon",
    ]
    expect(ttls).toHaveLength(5)
  })

  it("An error about a URL does not show it, since it may hold a password.", () => {
    const options = { database: { clientUrl: "mysql://root:secret@db" } }
    expect(() => resolve(options)).toThrow(/option "database.clientUrl"/)
    expect(() => resolve(options)).not.toThrow(/secret/)
  })

  it("Options without a database are refused where the shop has none either.", () => {
    expect(() => resolve({}, {})).toThrow(
      /option "database.clientUrl": got nothing, and the shop has no databaseUrl either/
    )
  })
})
