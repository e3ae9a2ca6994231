import path from "node:path"
import { Caller, pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { TestCache } from "../support/provider/test-cache"
import { NodeChild } from "../support/shop/child"
import { waitFor } from "../support/wait"

const LIMIT_MS = 5_000

describe("SIGTERM to a process under load", () => {
  let cache: TestCache
  let proxy: TcpProxy
  let child: NodeChild | undefined

  beforeAll(async () => {
    cache = await TestCache.create()
    proxy = await TcpProxy.to(cache.url)
  })
  afterEach(async () => {
    await child?.stop(0)
    await proxy.restore()
  })
  afterAll(async () => {
    await proxy?.close()
    await cache?.close()
  })

  async function startLoaded(): Promise<NodeChild> {
    const started = (child = new NodeChild(
      [
        path.join(__dirname, "../support/faults/loaded-process.cjs"),
        proxy.url(cache.url),
      ],
      { cwd: __dirname, env: {} }
    ))
    await waitFor(
      "the process to be under load",
      () =>
        Promise.resolve(started.output.includes("loaded") ? true : undefined),
      { describe: () => started.output }
    )
    return started
  }

  async function terminate(process: NodeChild): Promise<void> {
    // Its own calls take a second at most. Beyond the limit it is killed, which shows in code and signal.
    const exit = await process.stop(LIMIT_MS)
    expect(exit).toMatchObject({ code: 0, signal: null })
  }

  it("A process under load ends at SIGTERM within its limit, without a complaint.", async () => {
    const process = await startLoaded()
    await terminate(process)
    expect(process.lines).toEqual(["loaded"])
  })

  it("A process under load ends at SIGTERM while the database does not answer, and complains of that only.", async () => {
    const process = await startLoaded()
    // With calls, the sweep and the removal of old tags under way.
    proxy.stall()
    await terminate(process)
    expect(process.lines[0]).toBe("loaded")
    for (const line of process.lines.slice(1)) {
      expect(line).toMatch(
        /^\[caching-postgres\] (the cache is off|a set failed|the database cannot be written)/
      )
    }
  })

  it("A clear that is not awaited before close() is carried out.", async () => {
    const caller = Caller.at(cache.url)
    const calls = [caller.set("k", 1, "t"), caller.clear({ tags: ["t"] })]
    await caller.close()
    await Promise.all(calls)
    const another = Caller.at(cache.url)
    expect(await another.get("k")).toBeNull()
    await another.close()
  })

  it("close() ends while the database does not answer.", async () => {
    const caller = Caller.at(proxy.url(cache.url))
    await caller.set("k", 1)
    proxy.stall()
    const calls = [
      caller.get("k"),
      caller.set("k", 2),
      caller.clear({ key: "k" }),
    ]
    // Without an end, the test's own limit is over.
    await caller.close()
    await Promise.all(calls)
  })

  it("A provider that was closed while clears waited for the database opens no more connections.", async () => {
    const caller = Caller.at(proxy.url(cache.url))
    await caller.set("k", 1)
    proxy.stall()
    const calls = [caller.set("k", 2), caller.clear({ key: "k" })]
    await caller.close()
    await Promise.all(calls)
    // An attempt to find out whether the database is back may have been under way.
    await pause(1_500)
    const before = proxy.connectionsAccepted
    await pause(2_000)
    expect(proxy.connectionsAccepted).toBe(before)
  })
})
