import { connect, createServer, type Server } from "node:net"
import { Client } from "@medusajs/framework/pg"
import { listen, urlAt } from "../support/local-server"
import { TestPools, testStatement } from "../support/poolers/test-pool"

const SETTINGS = testStatement(
  "settings",
  `select current_setting('transaction_isolation'), current_setting('enable_seqscan'),
    current_setting('plan_cache_mode'), current_setting('jit'), current_setting('statement_timeout')`
)
const AS_ASKED_FOR = ["read committed", "off", "force_generic_plan", "off"]
const NOTHING = testStatement("nothing", "select 1")

/** A server's last words to a client whose start-up packet it does not like. */
interface Refusal {
  readonly code: string
  readonly message: string
}

/** Passes connections on, except those whose start-up packet has `options`: these it refuses, as RDS Proxy does. */
class RefusingProxy {
  refusals = 0

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
          proxy.refusals++
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

const REFUSALS: Record<string, Refusal> = {
  PgBouncer: {
    code: "08P01",
    message: "unsupported startup parameter: options",
  },
  Neon: {
    code: "08P01",
    message: "unsupported startup parameter in options: jit",
  },
  "RDS Proxy": {
    code: "0A000",
    message:
      "Feature not supported: RDS Proxy currently doesn’t support command-line options.",
  },
  "a proxy in words that are not known": {
    code: "XX000",
    message: "(ENOPE) what is this?",
  },
}

describe("the settings of the cache's connections", () => {
  let pools: TestPools

  beforeAll(async () => {
    pools = await TestPools.create()
    const { rows } = await pools.direct.query<{ name: string }>(
      "select quote_ident(current_database()) as name"
    )
    await pools.direct.query(
      `alter database ${rows[0]!.name} set default_transaction_isolation = 'serializable'`
    )
  })
  afterEach(() => pools.endTest())
  afterAll(() => pools.drop())

  const refusingProxy = async (refusal: Refusal) => {
    const proxy = await RefusingProxy.start(pools.url, refusal)
    pools.closeAfterTest(() => proxy.stop())
    return proxy
  }
  const said = () =>
    pools.logger.lines.filter(({ message }) =>
      message.includes("start-up options")
    )

  it("The settings come with the start-up packet where the server takes it.", async () => {
    const pool = pools.open()
    expect(await pool.write(SETTINGS, [])).toEqual([[...AS_ASKED_FOR, "48s"]])
    expect(pool.restrictions.startupOptions).toBe(true)
    expect(pools.logger.lines).toEqual([])
  })

  it.each(Object.keys(REFUSALS))(
    "Each statement brings the settings along where start-up options are refused by %s.",
    async (who) => {
      const proxy = await refusingProxy(REFUSALS[who]!)
      const pool = pools.open(proxy.url)
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
    const proxy = await refusingProxy({
      code: "28P01",
      message: 'password authentication failed for user "x"',
    })
    const pool = pools.open(proxy.url)
    await expect(pool.read(NOTHING, [])).rejects.toThrow(
      /cannot connect to postgres:\/\/.*: password authentication failed/
    )
    expect(proxy.refusals).toBe(1)
    expect(pool.restrictions.startupOptions).toBe(true)
  })

  it("Each statement brings the settings along where a pooler ignores start-up options, and leaves none behind.", async () => {
    const url = await pools.throughPooler()
    const pool = pools.open(url)
    await pool.write(NOTHING, [])
    expect(await pool.write(SETTINGS, [])).toEqual([[...AS_ASKED_FOR, "48s"]])
    expect(said()).toHaveLength(1)

    const other = new Client({ connectionString: url })
    await other.connect()
    pools.closeAfterTest(() => other.end())
    const { rows } = await other.query<Record<string, string>>(SETTINGS.text)
    expect(Object.values(rows[0]!)).not.toContain("force_generic_plan")
    const { rows: kept } = await other.query<object>({
      text: `select current_setting('enable_seqscan') as scan, current_setting('jit') as jit,
        current_setting('statement_timeout') as limit, current_setting('transaction_isolation') as isolation`,
    })
    const { rows: own } = await pools.direct.query<object>(
      `select reset_val as scan,
        (select reset_val from pg_settings where name = 'jit') as jit, '0' as limit, 'serializable' as isolation
       from pg_settings where name = 'enable_seqscan'`
    )
    expect(kept).toEqual(own)
  })
})
