import { Client } from "@medusajs/framework/pg"
import type { CachingPostgresOptions } from "../../src"
import { Caller } from "../support/faults/caller"
import { expectPromisesKept } from "../support/faults/outage"
import { OwnServer } from "../support/faults/own-server"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { migrate } from "../support/provider/migrate"
import { waitFor } from "../support/wait"

/** With the three that PostgreSQL keeps for superusers. */
const MAX_CONNECTIONS = 15

/** Not a superuser, as in most shops. */
async function createShop(
  server: OwnServer,
  name: string,
  password = "first"
): Promise<string> {
  await server.sql(`create role ${name} login password '${password}'`)
  await server.sql(`create database ${name} owner ${name}`)
  const url = new URL(server.url)
  url.username = name
  url.password = password
  url.pathname = `/${name}`
  await migrate("run", { clientUrl: url.href })
  return url.href
}

describe("a database server that fails", () => {
  let server: OwnServer
  let url: string
  let caller: Caller

  beforeAll(async () => {
    server = await OwnServer.start({
      settings: { max_connections: String(MAX_CONNECTIONS) },
    })
    url = await createShop(server, "shop")
  })
  beforeEach(() => {
    caller = Caller.at(url)
  })
  afterEach(() => caller.close())
  afterAll(() => server?.close())

  async function expectCleared(key: string): Promise<void> {
    const rows = await server.sql<{ name: string }>(
      `select key from caching_postgres_entry where key = '"${key}"'`,
      url
    )
    expect(rows).toEqual([])
  }

  it("During a restart every call is answered, and nothing stale is served after it; the entries stay.", async () => {
    await expectPromisesKept(caller, {
      keepsEntries: true,
      begin: () => server.stop(),
      end: () => server.start(),
      cause: /terminat|ECONNREFUSED|ECONNRESET|EPIPE/,
    })
    await expectCleared("cleared")
  })

  it("A quick restart between two calls serves nothing that is cleared after it.", async () => {
    await caller.set("k", "v")
    await server.restart()
    expect([null, "v"]).toContain(await caller.get("k"))
    await caller.clear({ key: "k" })
    await caller.untilServing()
    expect(await caller.get("k")).toBeNull()
  })

  it("During a crash every call is answered, and nothing stale is served after it; the tables come back empty.", async () => {
    await expectPromisesKept(caller, {
      keepsEntries: false,
      begin: () => server.kill(),
      end: () => server.start(),
    })
  })

  it("While the server is paused every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, {
      keepsEntries: true,
      begin: () => server.pause(),
      end: () => server.continue(),
      watchMs: 1_000,
    })
  })

  it("A server that is paused in the middle of many changes loses no clear.", async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`)
    await Promise.all(keys.map((key) => caller.set(key, "old", "t")))
    const changes = [
      ...keys.map((key) => caller.set(key, "newer", "t")),
      caller.clear({ tags: ["t"] }),
    ]
    await server.pause()
    await Promise.all(changes)
    await server.continue()
    await caller.untilServing()
    for (let round = 0; round < 5; round++) {
      const found = await Promise.all(keys.map((key) => caller.get(key)))
      expect(found.filter((value) => value !== null)).toEqual([])
      expect(await caller.getTagged("t")).toEqual([])
    }
  })

  it("While the server is read-only every call is answered, and nothing stale is served after it.", async () => {
    const readOnly = async (value: "on" | "off") => {
      await server.sql(
        `alter system set default_transaction_read_only = ${value}`
      )
      await server.sql("select pg_reload_conf()")
    }
    try {
      await expectPromisesKept(caller, {
        keepsEntries: true,
        readsGoOn: true,
        begin: () => readOnly("on"),
        end: () => readOnly("off"),
        cause: /read-only/,
      })
    } finally {
      await readOnly("off")
    }
  })

  it("When a standby is promoted every call is answered, nothing stale is served, and the cache begins empty.", async () => {
    const [row] = await server.sql<{ data_directory: string }>(
      "show data_directory"
    )
    await expectPromisesKept(caller, {
      keepsEntries: false,
      begin: async () => {
        await server.stop()
        await server.startAsStandby(row!.data_directory)
      },
      end: () => server.sql("select pg_promote()"),
    })
  })

  it("While other clients use up all connections every call is answered, and nothing stale is served after it.", async () => {
    const others: Client[] = []
    const takeAll = async () => {
      // The cache has to come again, like everybody after a disturbance.
      await server.sql(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop'"
      )
      for (;;) {
        const client = new Client({ connectionString: url })
        client.on("error", () => {})
        try {
          await client.connect()
          others.push(client)
        } catch {
          return
        }
      }
    }
    await expectPromisesKept(caller, {
      keepsEntries: true,
      begin: takeAll,
      end: () => Promise.all(others.map((client) => client.end())),
      cause: /connection|EPIPE/,
    })
    expect(others.length).toBeGreaterThan(0)
  })

  it("Until dynamicPassword knows a new password every call is answered, and nothing stale is served after it.", async () => {
    let current = "first"
    const withoutPassword = new URL(url)
    withoutPassword.password = ""
    const options: CachingPostgresOptions = {
      database: {
        driverOptions: { dynamicPassword: () => Promise.resolve(current) },
      },
    }
    await caller.close()
    caller = Caller.at(withoutPassword.href, options)
    const change = (password: string) =>
      server.sql(
        `alter role shop password '${password}';
         select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop'`
      )
    try {
      await expectPromisesKept(caller, {
        keepsEntries: true,
        begin: () => change("second"),
        end: () => (current = "second"),
        cause: /password|terminat|EPIPE|not queryable/,
      })
    } finally {
      await change("first")
    }
  })

  it.each([
    ["rejects", () => Promise.reject(new Error("no token today"))],
    ["never answers", () => new Promise<string>(() => {})],
  ])(
    "While dynamicPassword %s every call is answered, and nothing stale is served after it.",
    async (_how, failing: () => Promise<string>) => {
      let works = true
      const withoutPassword = new URL(url)
      withoutPassword.password = ""
      await caller.close()
      caller = Caller.at(withoutPassword.href, {
        database: {
          driverOptions: {
            dynamicPassword: () =>
              works ? Promise.resolve("first") : failing(),
          },
        },
      })
      await expectPromisesKept(caller, {
        keepsEntries: true,
        begin: () => {
          works = false
          return server.sql(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'shop'"
          )
        },
        end: () => (works = true),
      })
    }
  )
})

describe("another server that takes over", () => {
  let old: OwnServer
  let fresh: OwnServer
  let proxy: TcpProxy
  let url: string
  let caller: Caller

  beforeAll(async () => {
    ;[old, fresh] = await Promise.all([OwnServer.start(), OwnServer.start()])
    ;[url] = await Promise.all([
      createShop(old, "shop"),
      createShop(fresh, "shop"),
    ])
  })
  beforeEach(async () => {
    proxy = await TcpProxy.to(url)
    caller = Caller.at(proxy.url(url))
  })
  afterEach(async () => {
    await caller.close()
    await proxy.close()
  })
  afterAll(() => Promise.all([old?.close(), fresh?.close()]))

  it("When a server takes over without the rows every call is answered, nothing stale is served, and the cache begins empty.", async () => {
    await expectPromisesKept(caller, {
      keepsEntries: false,
      begin: async () => {
        await proxy.refuse()
        proxy.cut()
      },
      end: () => {
        proxy.retarget("127.0.0.1", fresh.port)
        return proxy.restore()
      },
    })
  })

  /** What the cache writes by is the first to notice. */
  const endWriter = () =>
    old.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where usename = 'shop' and query ~ 'insert into|invalidate'`
    )

  async function expectGone(key: string): Promise<void> {
    for (let round = 0; round < 10; round++) {
      expect(await caller.get(key)).toBeNull()
    }
    await caller.untilServing()
  }

  it("No connection to the old server is read from after another has taken over, even if the old one lives on.", async () => {
    await caller.set("k", "old")
    expect(await caller.get("k")).toBe("old")
    proxy.retarget("127.0.0.1", fresh.port)
    expect(await endWriter()).not.toEqual([])
    await caller.clear({ key: "k" })
    await expectGone("k")
  })

  it("No connection to the old server outlives an outage that only a write has met.", async () => {
    await caller.set("k", "old")
    expect(await caller.get("k")).toBe("old")
    const locker = new Client({ connectionString: url })
    locker.on("error", () => {})
    await locker.connect()
    await locker.query("begin")
    await locker.query(
      "lock table caching_postgres_invalidation in exclusive mode"
    )
    proxy.retarget("127.0.0.1", fresh.port)

    const cleared = caller.clear({ key: "k" })
    await waitFor("the clear to wait", async () => {
      const [row] = await old.sql("select from pg_locks where not granted")
      return row
    })
    expect(await endWriter()).not.toEqual([])
    await cleared
    await locker.end()
    await waitFor("the end of the outage", () =>
      Promise.resolve(
        caller.logger.lines.find(({ message }) =>
          message.includes("can be written again")
        )
      )
    )
    await expectGone("k")
  })
})
