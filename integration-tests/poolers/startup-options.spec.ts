import { connect, createServer, type Server } from "node:net"
import { Client } from "@medusajs/framework/pg"
import type { CachePool } from "../../src/connection"
import { listen, urlAt } from "../support/local-server"
import { testPool, testStatement } from "../support/poolers/test-pool"
import {
  createTestDatabase,
  type TestDatabase,
} from "../support/postgres/test-database"
import { TransactionPooler } from "../support/postgres/transaction-pooler"
import { TestLogger } from "../support/provider/test-logger"

const SETTINGS = testStatement(
  "settings",
  `select current_setting('transaction_isolation'), current_setting('enable_seqscan'),
    current_setting('plan_cache_mode'), current_setting('jit'), current_setting('statement_timeout')`
)
const AS_ASKED_FOR = ["read committed", "off", "force_generic_plan", "off"]
const NOTHING = testStatement("nothing", "select 1")

const RDS_PROXY: Refusal = {
  code: "0A000",
  message:
    "Feature not supported: RDS Proxy currently doesn’t support command-line options.",
}
const REFUSALS: Record<string, Refusal> = {
  PgBouncer: {
    code: "08P01",
    message: "unsupported startup parameter: options",
  },
  Neon: {
    code: "08P01",
    message: "unsupported startup parameter in options: jit",
  },
  "RDS Proxy": RDS_PROXY,
  "a proxy in words that are not known": {
    code: "XX000",
    message: "(ENOPE) what is this?",
  },
}

describe("the settings of the cache's connections", () => {
  let database: TestDatabase
  let direct: Client
  let logger: TestLogger
  const closing: (() => Promise<void>)[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    direct = new Client({ connectionString: database.url })
    await direct.connect()
    const { rows } = await direct.query<{ name: string }>(
      "select quote_ident(current_database()) as name"
    )
    await direct.query(
      `alter database ${rows[0]!.name} set default_transaction_isolation = 'serializable'`
    )
  })
  beforeEach(() => {
    logger = new TestLogger()
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
  const said = () =>
    logger.lines.filter(({ message }) => message.includes("start-up options"))

  it("The settings come with the start-up packet where the server takes it.", async () => {
    const pool = open(database.url)
    expect(await pool.write(SETTINGS, [])).toEqual([[...AS_ASKED_FOR, "48s"]])
    expect(pool.restrictions.startupOptions).toBe(true)
    expect(logger.lines).toEqual([])
  })

  it.each(Object.keys(REFUSALS))(
    "Each statement brings the settings along where start-up options are refused by %s.",
    async (who) => {
      const proxy = await RefusingProxy.start(database.url, REFUSALS[who]!)
      closing.push(() => proxy.stop())
      const pool = open(proxy.url)
      for (const run of ["read", "write", "maintain"] as const) {
        for (const time of [1, 2]) {
          const [row] = await pool[run](SETTINGS, [])
          expect({ time, row: row!.slice(0, 4) }).toEqual({
            time,
            row: AS_ASKED_FOR,
          })
        }
      }
      expect(await pool.write(SETTINGS, [])).toEqual([[...AS_ASKED_FOR, "48s"]])
      // The other connections have learnt it from the first one.
      expect(proxy.refusals).toBe(1)
      expect(pool.restrictions.startupOptions).toBe(false)
      expect(said()).toHaveLength(1)
      expect(said()[0]!.level).toBe("info")
      expect(said()[0]!.message).toContain("sent with each statement")
    }
  )

  it("A refusal for another reason is not taken for one of the start-up options.", async () => {
    const proxy = await RefusingProxy.start(database.url, {
      code: "28P01",
      message: 'password authentication failed for user "x"',
    })
    closing.push(() => proxy.stop())
    const pool = open(proxy.url)
    await expect(pool.read(NOTHING, [])).rejects.toThrow(
      /cannot connect to postgres:\/\/.*: password authentication failed/
    )
    expect(proxy.refusals).toBe(1)
    expect(pool.restrictions.startupOptions).toBe(true)
  })

  it("Each statement brings the settings along where a pooler ignores start-up options, and leaves none behind.", async () => {
    const pooler = await TransactionPooler.start(database.url, 1)
    closing.push(() => pooler.stop())
    const pool = open(pooler.url)
    await pool.write(NOTHING, [])
    expect(await pool.write(SETTINGS, [])).toEqual([[...AS_ASKED_FOR, "48s"]])
    expect(said()).toHaveLength(1)

    const other = new Client({ connectionString: pooler.url })
    await other.connect()
    closing.push(() => other.end())
    const { rows } = await other.query<Record<string, string>>(SETTINGS.text)
    expect(Object.values(rows[0]!)).not.toContain("force_generic_plan")
    const { rows: kept } = await other.query<object>({
      text: `select current_setting('enable_seqscan') as scan, current_setting('jit') as jit,
        current_setting('statement_timeout') as limit, current_setting('transaction_isolation') as isolation`,
    })
    const { rows: own } = await direct.query<object>(
      `select reset_val as scan,
        (select reset_val from pg_settings where name = 'jit') as jit, '0' as limit, 'serializable' as isolation
       from pg_settings where name = 'enable_seqscan'`
    )
    expect(kept).toEqual(own)
  })
})

/** A server's last words to a client whose start-up packet it does not like. */
interface Refusal {
  readonly code: string
  readonly message: string
}

/** Passes connections on, except those whose start-up packet has `options`: these it refuses, as RDS Proxy does. */
class RefusingProxy {
  private refused = 0

  private constructor(
    private readonly server: Server,
    readonly url: string
  ) {}

  static async start(
    databaseUrl: string,
    refusal: Refusal
  ): Promise<RefusingProxy> {
    const target = new URL(databaseUrl)
    const server = createServer((client) => {
      client.on("error", () => {})
      client.once("data", (startup: Buffer) => {
        if (startup.includes("\0options\0")) {
          proxy.refused++
          client.end(errorResponse(refusal))
          return
        }
        const upstream = connect(Number(target.port), target.hostname)
        upstream.on("error", () => client.destroy())
        upstream.write(startup)
        client.pipe(upstream).pipe(client)
      })
    })
    const url = urlAt(databaseUrl, await listen(server))
    const proxy = new RefusingProxy(server, url)
    return proxy
  }

  get refusals(): number {
    return this.refused
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve))
  }
}

function errorResponse({ code, message }: Refusal): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + Buffer.byteLength(fields))
  return Buffer.concat([Buffer.from("E"), length, Buffer.from(fields)])
}
