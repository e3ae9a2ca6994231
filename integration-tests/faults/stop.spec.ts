import path from "node:path"
import { Caller, pause } from "../support/faults/caller"
import { TcpProxy } from "../support/faults/tcp-proxy"
import { TestCache } from "../support/provider/test-cache"
import { NodeChild } from "../support/shop/child"
import { waitFor } from "../support/shop/wait"

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
    const begun = performance.now()
    const exit = await process.stop(LIMIT_MS * 2)
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS)
    expect(exit).toMatchObject({ code: 0, signal: null })
  }

  it("ends it soon, without a complaint", async () => {
    const process = await startLoaded()
    await terminate(process)
    expect(process.lines).toEqual(["loaded"])
  })

  it("ends it soon while the database is out", async () => {
    const process = await startLoaded()
    proxy.stall()
    await pause(700)
    await terminate(process)
    expect(process.lines).toEqual([
      "loaded",
      expect.stringContaining("[caching-postgres] the cache is off"),
    ])
  })

  it("close() ends, too, while the database is out", async () => {
    const caller = Caller.at(proxy.url(cache.url))
    await caller.set("k", 1)
    proxy.stall()
    const calls = [
      caller.get("k"),
      caller.set("k", 2),
      caller.clear({ key: "k" }),
    ]
    const begun = performance.now()
    await caller.close()
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS)
    await Promise.all(calls)
  })
})
