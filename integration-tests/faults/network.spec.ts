import { Caller, LIMITS, pause } from "../support/faults/caller"
import { expectPromisesKept } from "../support/faults/outage"
import { TableLock } from "../support/faults/table-lock"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

/** For reads, for writes, and for maintenance. */
const MAX_CONNECTIONS = 3

describe("a network to the database that fails", () => {
  const cache = testCache()
  let proxy: TcpProxy
  let caller: Caller

  beforeEach(async () => {
    await cache.empty()
    proxy = await TcpProxy.to(cache.url)
    caller = Caller.at(proxy.url(cache.url))
  })
  afterEach(async () => {
    await proxy.restore()
    await caller.close()
    await proxy.close()
  })

  const restore = () => proxy.restore()
  const kept = { keepsEntries: true, end: restore }

  it("While connections are cut and refused every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, {
      ...kept,
      begin: async () => {
        await proxy.refuse()
        proxy.cut()
      },
      cause: /ECONNREFUSED|ECONNRESET|EPIPE|terminated/,
    })
  })

  it("During a stall every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, { ...kept, begin: () => proxy.stall() })
  })

  it("During a stall after which what was sent still arrives every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, {
      ...kept,
      begin: () => proxy.stall(),
      end: () => proxy.restore({ heldBackMs: 1_500 }),
      watchMs: 2_000,
    })
  })

  it("While answers do not come back every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, {
      ...kept,
      begin: () => proxy.stallAnswers(),
    })
  })

  it("On a network that is far too slow every call is answered, and nothing stale is served after it.", async () => {
    await expectPromisesKept(caller, {
      ...kept,
      begin: () => proxy.delay(1_500),
      watchMs: 2_000,
    })
  })

  it("A database that is not there at the start is used once it is.", async () => {
    await proxy.refuse()
    const [first] = await Promise.all([
      caller.get("k"),
      caller.set("k", "dropped"),
      caller.clear({ tags: ["t"] }),
    ])
    expect(first).toBeNull()
    await caller.untilOff()
    await caller.expectMissesAtOnce("k")

    await proxy.restore()
    await caller.untilServing()
    // The first attempt of each connection suffices; on a slow machine one may time out.
    expect(proxy.connectionsAccepted).toBeLessThanOrEqual(2 * MAX_CONNECTIONS)
    expect(await caller.get("k")).toBeNull()
    expect(caller.offLines).toEqual([expect.stringContaining("ECONNREFUSED")])
    expect(caller.onLines).toHaveLength(1)
    expect(caller.otherComplaints).toEqual([])
  })

  it("The cache comes back by itself, asked or not, and says so.", async () => {
    await proxy.refuse()
    await caller.get("k")
    await caller.untilOff()
    await proxy.restore()
    await waitFor("the cache to be on again", () =>
      Promise.resolve(caller.onLines.length > 0 || undefined)
    )
    expect(caller.onLines).toHaveLength(1)
  })

  it("A connection that was cut while idle costs at most some misses.", async () => {
    await caller.set("k", "v")
    proxy.cut()
    await pause(50)
    expect([null, "v"]).toContain(await caller.get("k"))
    await caller.untilServing()
    expect(await caller.get("k")).toBe("v")
  })

  it("A cut in mid-statement fails no call, and what the statement was about is not served in its old form.", async () => {
    await caller.set("k", "old")
    await caller.set("c", "old")
    const lock = await TableLock.take(cache.url)
    const changes = [
      caller.set("k", "new"),
      caller.clear({ key: "c" }),
      caller.get("k"),
    ]
    await lock.untilSomebodyWaits()
    proxy.cut()
    const [, , found] = await Promise.all(changes)
    await lock.release()

    expect(found).toBeNull()
    await caller.untilServing()
    expect(await caller.get("c")).toBeNull()
    expect([null, "new"]).toContain(await caller.get("k"))
  })

  it.each([1, 40, 5_000, 150_000])(
    "A cut %i bytes into an answer is a miss, never half a value.",
    async (bytes) => {
      const value = { text: "x".repeat(200_000) }
      await caller.set("k", value)
      await caller.set("old", 1)
      proxy.cutAfter(bytes)
      const [found, tagged] = await Promise.all([
        caller.get("k"),
        caller.getTagged("none"),
        caller.set("old", 2),
      ])
      expect([null, value]).toContainEqual(found)
      expect([null, []]).toContainEqual(tagged)
      await caller.untilServing()
      expect(await caller.get("k")).toEqual(value)
      expect([null, 2]).toContain(await caller.get("old"))
    }
  )

  it("One cut after the other hangs no call and loses no clear.", async () => {
    for (let round = 0; round < 30; round++) {
      await caller.set("k", round, "t")
      setTimeout(() => proxy.cut(), round % 7)
      await Promise.all([
        caller.clear(round % 2 ? { key: "k" } : { tags: ["t"] }),
        caller.get("k"),
        caller.getTagged("t"),
      ])
      await pause(8)
      expect(await caller.get("k")).toBeNull()
    }
    await caller.untilServing()
    expect(await caller.get("k")).toBeNull()
  })

  it("A process that was busy itself does not take that for an outage.", async () => {
    // Past the proxy, which is busy with this process.
    await caller.close()
    caller = Caller.at(cache.url)
    await caller.set("k", "v")
    await caller.getTagged("t")
    const calls = [
      caller.get("k"),
      caller.set("k2", "v2"),
      caller.getTagged("t"),
    ]
    // Enough for the statements to leave, and no answer to be read.
    for (let turn = 0; turn < 50; turn++) {
      await Promise.resolve()
    }
    // The answers lie in the sockets while this process does something else for longer than every limit.
    const begun = performance.now()
    while (performance.now() - begun < LIMITS.writeMillis + 200) {
      JSON.stringify(process.memoryUsage())
    }
    const [found] = await Promise.all(calls)
    expect(caller.offLines).toEqual([])
    expect([null, "v"]).toContain(found)
    expect(await caller.get("k2")).toBe("v2")
  })
})
