import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { CachingPostgresOptions } from "../../src"
import type { PostgresCachingProvider } from "../../src/services"
import { pause } from "../support/faults/caller"
import { TableLock } from "../support/faults/table-lock"
import { TcpProxy } from "../support/faults/tcp-proxy"
import {
  countListening,
  getAll,
  nearProvider,
  nearStats,
  untilChanged,
  untilListening,
  untilNear,
} from "../support/near-cache/near"
import { testCache } from "../support/provider/test-cache"
import { waitFor } from "../support/wait"

const run = promisify(execFile)

describe("a near cache", () => {
  const cache = testCache()
  let a: PostgresCachingProvider
  let b: PostgresCachingProvider
  let proxy: TcpProxy | undefined

  const provider = (options?: CachingPostgresOptions) =>
    nearProvider(cache, options)

  beforeEach(async () => {
    await cache.empty()
    a = provider()
    b = provider()
    await untilListening(a, b)
  })
  afterEach(async () => {
    await Promise.all([a.close(), b.close(), proxy?.close()])
    proxy = undefined
  })

  const listening = () => countListening(cache)

  describe("answers", () => {
    it("A second get is answered by the near cache, without asking the table.", async () => {
      await a.set({ key: "k", data: { answer: 42 } })
      await untilNear(b, "k")
      const lock = await TableLock.take(cache.url)
      try {
        const answers = await getAll(b, ["k", "k", "k"])
        expect(answers).toEqual([
          { answer: 42 },
          { answer: 42 },
          { answer: 42 },
        ])
      } finally {
        await lock.release()
      }
    })

    it("The statistics say how many gets the near cache has answered.", async () => {
      await a.set({ key: "k", data: "x".repeat(100) })
      await untilNear(b, "k")
      const before = await b.stats()
      await getAll(b, ["k", "k"])
      const { hits, nearCache } = await b.stats()
      expect(hits).toBe(before.hits + 2)
      expect(nearCache).toEqual({
        isListening: true,
        entries: 1,
        bytes: before.nearCache!.bytes,
        hits: before.nearCache!.hits + 2,
      })
      expect(nearCache!.bytes).toBeGreaterThan(100)
    })

    it("The near cache answers whatever the key is called.", async () => {
      const keys = ["__proto__", "constructor", "\0", "\ud800", "ü", "u\u0308"]
      for (const key of keys) {
        await a.set({ key, data: { key } })
      }
      expect(await untilNear(b, ...keys)).toEqual(keys.map((key) => ({ key })))
    })

    it.each([null, 0, false, ""])(
      "The near cache never answers with %j, which Medusa takes for a miss.",
      async (data) => {
        await a.set({ key: "k", data })
        const { hits } = nearStats(b)
        for (let round = 0; round < 5; round++) {
          expect(await b.get({ key: "k" })).toBe(data)
        }
        expect(nearStats(b)).toMatchObject({ hits, entries: 0 })
      }
    )

    it("The near cache keeps no miss: what another process sets is found at once.", async () => {
      for (let round = 0; round < 50; round++) {
        const key = `k${round}`
        expect(await b.get({ key })).toBeNull()
        await a.set({ key, data: round })
        expect(await b.get({ key })).toBe(round)
      }
    })

    it("A get by tags always asks the table.", async () => {
      await a.set({ key: "k", data: "old", tags: ["t"] })
      await untilNear(b, "k")
      // As nobody does: without an announcement.
      await cache.sql(`update caching_postgres_entry set data = '"new"'`)
      expect(await b.get({ tags: ["t"] })).toEqual(["new"])
      expect(await b.get({ key: "k" })).toBe("old")
    })

    it("The near cache answers no longer than the option `ttl` where nothing was announced.", async () => {
      const impatient = provider({ nearCache: { ttl: 1 } })
      await untilListening(impatient)
      await a.set({ key: "k", data: "old" })
      await untilNear(impatient, "k")
      await cache.sql(`update caching_postgres_entry set data = '"new"'`)
      await pause(1_050)
      expect(await impatient.get({ key: "k" })).toBe("new")
      await impatient.close()
    })

    it("The near cache answers no longer than the entry itself lives.", async () => {
      await a.set({ key: "k", data: "short-lived", ttl: 1 })
      const set = performance.now()
      while (performance.now() - set < 1_005) {
        await b.get({ key: "k" })
        await pause(5)
      }
      expect(await b.get({ key: "k" })).toBeNull()
    })

    it("Each caller gets a copy of its own from the near cache.", async () => {
      const data = { list: [{ deep: 1 }], text: "t" }
      await a.set({ key: "k", data })
      for (let round = 0; round < 10; round++) {
        const got = (await b.get({ key: "k" })) as typeof data
        expect(got).toEqual(data)
        got.list[0]!.deep = 2
        got.list.push({ deep: 3 })
        got.text = "changed"
      }
      await untilNear(b, "k")
    })

    it("With `share`, all callers get the same frozen value.", async () => {
      const sharing = provider({ nearCache: { share: true } })
      await untilListening(sharing)
      await a.set({ key: "k", data: { list: [{ deep: 1 }] } })
      const [got] = (await untilNear(sharing, "k")) as [
        { list: { deep: number }[] },
      ]
      expect(got).toEqual({ list: [{ deep: 1 }] })
      expect(await sharing.get({ key: "k" })).toBe(got)
      expect(() => (got.list[0]!.deep = 2)).toThrow(TypeError)
      await sharing.close()
    })

    it("With `share`, every get by key gives a frozen value, also where the table answers.", async () => {
      const sharing = provider({ nearCache: { share: true } })
      const data = { list: [{ deep: 1 }] }
      await a.set({ key: "k", data, tags: ["t"] })
      // Nothing is kept yet, and the two share a statement.
      const answers = await getAll(sharing, ["k", "k"])
      await untilListening(sharing)
      // This one is kept.
      answers.push(await sharing.get({ key: "k" }))
      for (const answer of answers as (typeof data)[]) {
        expect(answer).toEqual(data)
        expect(() => (answer.list[0]!.deep = 2)).toThrow(TypeError)
        expect(() => answer.list.push({ deep: 3 })).toThrow(TypeError)
      }
      const [tagged] = (await sharing.get({ tags: ["t"] })) as (typeof data)[]
      tagged!.list[0]!.deep = 2
      expect(await untilNear(sharing, "k")).toEqual([data])
      await sharing.close()
    })

    it("A row that is not JSON fails no get.", async () => {
      await a.set({ key: "k", data: "v" })
      await cache.sql("update caching_postgres_entry set data = '{broken'")
      for (let round = 0; round < 5; round++) {
        expect(await b.get({ key: "k" })).toBeNull()
      }
    })

    it("A value that is nested however deep fails no get.", async () => {
      const sharing = provider({ nearCache: { share: true } })
      await untilListening(sharing)
      await a.set({ key: "k", data: "replaced" })
      // Deeper than JSON.stringify goes here, as a process with a larger stack may set it.
      const deep = "[".repeat(100_000) + "]".repeat(100_000)
      await cache.sql("update caching_postgres_entry set data = $1", [deep])
      for (const reader of [b, sharing]) {
        for (let round = 0; round < 3; round++) {
          expect(Array.isArray(await reader.get({ key: "k" }))).toBe(true)
        }
      }
      await sharing.close()
    })
  })

  describe("listening", () => {
    it("A near cache listens from the first get on, and until it is closed.", async () => {
      const before = await listening()
      const one = provider()
      await one.set({ key: "k", data: 1, tags: ["t"] })
      await one.get({ tags: ["t"] })
      await one.clear({ tags: ["t"] })
      await one.stats()
      expect(await listening()).toBe(before)
      await untilListening(one)
      expect(await listening()).toBe(before + 1)
      await one.close()
      await waitFor("the connection to be closed", async () =>
        (await listening()) === before ? true : undefined
      )
    })

    it("A near cache listens by the URL of its own, if there is one.", async () => {
      proxy = await TcpProxy.to(cache.url)
      const one = provider({ nearCache: { clientUrl: proxy.url(cache.url) } })
      await a.set({ key: "k", data: "old" })
      await untilListening(one)
      await untilNear(one, "k")
      await a.clear({ key: "k" })
      expect(await untilChanged(one, "k", "old")).toBeNull()
      expect(proxy.connectionsAccepted).toBe(1)
      await one.close()
    })

    it("A near cache that listens keeps no process alive.", async () => {
      const { stdout, stderr } = await run(
        process.execPath,
        [join(__dirname, "../support/near-cache/short-process.cjs"), cache.url],
        { timeout: 20_000 }
      )
      expect(stdout).toBe('{"from":"a short process"}\n')
      expect(stderr).toBe("")
    })

    it("A near cache whose server does not answer keeps no process alive while it connects.", async () => {
      proxy = await TcpProxy.to(cache.url)
      proxy.stall()
      const { stdout } = await run(
        process.execPath,
        [
          join(__dirname, "../support/near-cache/connecting-process.cjs"),
          cache.url,
          proxy.url(cache.url),
        ],
        { timeout: 20_000 }
      )
      expect(stdout).toBe("null\n")
    })
  })
})
