import { AsyncLocalStorage } from "node:async_hooks"
import { randomBytes } from "node:crypto"
import { Log } from "../../src/log"
import { Listener } from "../../src/near-cache/listener"
import { pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { ALIVE_MS } from "../support/near-cache/near"
import { testCache } from "../support/provider/test-cache"
import { TestLogger } from "../support/provider/test-logger"
import { waitFor } from "../support/wait"

const MINUTE = 60_000

describe("a listener", () => {
  const cache = testCache()
  let proxy: TcpProxy
  let logger: TestLogger
  let listener: Listener
  let own: string
  let shared: string
  let heard: string[]
  let losses: number
  /** Sends a heartbeat; a test may put another one in its place. */
  let send: (channel: string, payload: string) => Promise<unknown>

  beforeEach(async () => {
    proxy = await TcpProxy.to(cache.url)
    logger = new TestLogger()
    heard = []
    losses = 0
    send = notify
    const name = randomBytes(4).toString("hex")
    own = `own_${name}`
    shared = `shared_${name}`
    listener = listenerAt(proxy.url(cache.url))
  })
  afterEach(async () => {
    jest.restoreAllMocks()
    listener.close()
    await proxy.close()
  })

  const listenerAt = (connectionString: string) =>
    new Listener(
      {
        connectionString,
        connectionTimeoutMillis: 5_000,
        query_timeout: 3_000,
      },
      { shared, own },
      {
        onNotification: (payload) => heard.push(payload),
        onLost: () => losses++,
        send: (channel, payload) => send(channel, payload),
      },
      new Log(logger.asMedusaLogger)
    )

  const notify = (channel: string, payload: string) =>
    cache.sql("select pg_notify($1, $2)", [channel, payload])

  const isAlive = () => listener.isAlive(performance.now())

  const untilAlive = () =>
    waitFor("the listener to be alive", () =>
      Promise.resolve(isAlive() || undefined)
    )

  const connections = async () => {
    const rows = await cache.sql(
      "select from pg_stat_activity where datname = current_database() and query like 'listen %'"
    )
    return rows.length
  }

  it("A listener begins when it is asked for, and is alive once a heartbeat has come back.", async () => {
    expect([listener.isListening, await connections()]).toEqual([false, 0])
    expect(isAlive()).toBe(false)
    await untilAlive()
    expect([listener.isListening, await connections()]).toEqual([true, 1])
    expect(logger.complaints).toEqual([])
  })

  it("A listener does not belong to the request that made it begin.", async () => {
    const requests = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    send = (channel, payload) => {
      seen.push(requests.getStore())
      return notify(channel, payload)
    }
    requests.run("a request", isAlive)
    await waitFor("two heartbeats", () =>
      Promise.resolve(seen.length > 1 || undefined)
    )
    expect(new Set(seen)).toEqual(new Set([undefined]))
  })

  it("A listener hands on what others say, in their order, and no heartbeat.", async () => {
    await untilAlive()
    const said = Array.from({ length: 100 }, (_, index) => `${index},x`)
    for (const payload of said) {
      await notify(shared, payload)
    }
    await waitFor("what was said", () =>
      Promise.resolve(heard.length >= said.length || undefined)
    )
    expect(heard).toEqual(said)
  })

  it("A listener is alive for three seconds from when the last heartbeat was sent that came back, by either clock.", async () => {
    await untilAlive()
    const { steady: at, wall: on } = listener["provenAt"]
    const wall = jest.spyOn(Date, "now").mockReturnValue(on)
    // A whole number: at + ALIVE_MS - at may be a little more than ALIVE_MS.
    const last = Math.floor(at + ALIVE_MS)
    expect(listener.isAlive(last)).toBe(true)
    expect(listener.isAlive(last + 1)).toBe(false)

    // As after a machine has slept, where the other clock stands still.
    wall.mockReturnValue(on + ALIVE_MS)
    expect(listener.isAlive(at)).toBe(true)
    wall.mockReturnValue(on + ALIVE_MS + 1)
    expect(listener.isAlive(at)).toBe(false)
  })

  it("A listener counts from when a heartbeat was sent, not from when it came back.", async () => {
    await untilAlive()
    const before = listener["provenAt"]
    let sentAt: number | undefined
    send = async (channel, payload) => {
      if (sentAt === undefined) {
        sentAt = performance.now()
        await pause(50)
        await notify(channel, payload)
      }
    }
    await waitFor("the heartbeat to come back", () =>
      Promise.resolve(listener["provenAt"] !== before || undefined)
    )
    expect(listener["provenAt"].steady).toBeLessThanOrEqual(sentAt!)
  })

  it("A listener takes no heartbeat of an earlier connection for one of its own.", async () => {
    await untilAlive()
    const heartbeats: [string, string][] = []
    send = (...heartbeat) => {
      heartbeats.push(heartbeat)
      return new Promise(() => {})
    }
    await waitFor("a heartbeat", () => Promise.resolve(heartbeats[0]))
    proxy.cut()
    await waitFor("the loss", () => Promise.resolve(losses || undefined))
    const [earlier] = heartbeats
    heartbeats.length = 0
    await waitFor("what was said after the earlier heartbeat", async () => {
      expect(isAlive()).toBe(false)
      // Once it listens again.
      if (heartbeats.length > 0) {
        await notify(...earlier!)
        await notify(shared, "after the heartbeat")
      }
      return heard[0]
    })
    expect(isAlive()).toBe(false)
  })

  it("A listener says so when its connection is lost, and comes back when asked.", async () => {
    await untilAlive()
    expect(losses).toBe(0)
    proxy.cut()
    await waitFor("the loss", () => Promise.resolve(losses || undefined))
    expect(isAlive()).toBe(false)
    await untilAlive()
    expect(losses).toBe(1)
  })

  it("A listener gives up a connection over which nothing comes, whatever the system says of it.", async () => {
    await untilAlive()
    proxy.stall()
    await waitFor("the loss", () => {
      isAlive()
      return Promise.resolve(losses || undefined)
    })
    expect(isAlive()).toBe(false)
    await proxy.restore()
    await untilAlive()
    expect(logger.complaints).toEqual([])
  })

  it("A listener does not blame a pooler for a connection that is lost while a heartbeat is under way.", async () => {
    await untilAlive()
    let answer: (() => void) | undefined
    send = async (channel, payload) => {
      await notify(channel, payload)
      await new Promise<void>((resolve) => (answer = resolve))
    }
    await waitFor("a heartbeat", () => Promise.resolve(answer && true))
    await proxy.refuse()
    proxy.cut()
    await waitFor("the loss", () => Promise.resolve(losses || undefined))
    answer!()
    send = notify
    // Some attempts that fail.
    for (let round = 0; round < 50; round++) {
      expect(isAlive()).toBe(false)
      await pause(10)
    }
    await proxy.restore()
    await untilAlive()
    expect(logger.complaints).toEqual([])
  })

  it("A listener does not blame a pooler for a connection that is lost before the first heartbeat has come back.", async () => {
    proxy.delay(200)
    send = async (channel, payload) => {
      proxy.stallAnswers()
      await notify(channel, payload)
    }
    isAlive()
    await waitFor("a heartbeat that was sent", () =>
      Promise.resolve(listener["notificationsBlocked"] || undefined)
    )
    send = notify
    proxy.cut()
    await proxy.restore()
    await untilAlive()
    expect(logger.complaints).toEqual([])
  })

  it.each([
    [
      "connections are refused",
      "connect ECONNREFUSED",
      async () => {
        await proxy.refuse()
        const url = new URL(proxy.url(cache.url))
        url.password = "secret"
        return url.href
      },
    ],
    [
      "its certificate is missing",
      "ENOENT",
      () => `${cache.url}?password=secret&sslrootcert=/missing`,
    ],
    ["its URL cannot be parsed", "Invalid URL", () => "postgres://u:sec/ret@h"],
  ])(
    "A listener that cannot connect, as %s, warns with the reason and without the password if notifications can be sent.",
    async (_what, reason, prepare: () => string | Promise<string>) => {
      listener = listenerAt(await prepare())
      isAlive()
      listener["failingSince"]! -= ALIVE_MS
      const line = await waitFor("the warning", () => {
        isAlive()
        return Promise.resolve(logger.complaints[0])
      })
      expect(line).toContain(
        "the near cache is off, as it cannot connect to postgres"
      )
      expect(line).toContain(`: ${reason}`)
      expect(line).not.toMatch(/sec\/?ret/)
    }
  )

  it("A listener that cannot connect is silent while notifications cannot be sent either.", async () => {
    let attempts = 0
    send = () => {
      attempts++
      return Promise.reject(new Error("the database is away"))
    }
    await proxy.refuse()
    isAlive()
    listener["failingSince"]! -= ALIVE_MS
    await waitFor("some attempts", () => {
      isAlive()
      return Promise.resolve(attempts > 3 || undefined)
    })
    expect(logger.complaints).toEqual([])
  })

  it("A listener ends its connection when it was not asked for a minute, and begins anew when it is.", async () => {
    await untilAlive()
    listener["wantedAt"] -= MINUTE
    await waitFor("the end of the connection", async () =>
      (await connections()) === 0 ? true : undefined
    )
    expect(losses).toBe(1)
    // Not by itself.
    await pause(300)
    expect(await connections()).toBe(0)
    await untilAlive()
    expect(await connections()).toBe(1)
  })

  it("A listener that is closed stays closed.", async () => {
    await untilAlive()
    listener.close()
    expect(losses).toBe(1)
    for (let round = 0; round < 30; round++) {
      expect(isAlive()).toBe(false)
      await pause(10)
    }
    await waitFor("the end of the connection", async () =>
      (await connections()) === 0 ? true : undefined
    )
  })

  it("A listener may be closed while it connects.", async () => {
    proxy.delay(100)
    for (const wait of [0, 50, 150, 250, 350, 450, 600, 800]) {
      isAlive()
      await pause(wait)
      listener.close()
      await pause(20)
      listener["isClosed"] = false
    }
    await proxy.restore()
    await untilAlive()
    expect(logger.complaints).toEqual([])
  })
})
