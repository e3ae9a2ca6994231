import { inShort, judge } from "../report/requirements"
import { verdictsAsText } from "../report/text"
import type { DetailedResult } from "../run/result"

const result = (values: Partial<DetailedResult>): DetailedResult => {
  const figures = { opsPerSecond: 1000, p50Ms: 1, ...values }
  return { ...base, ...figures, rounds: [figures], ...values }
}

const base = {
  workload: "page",
  operation: "get-hit",
  concurrency: 32,
  processes: 1,
  entries: 400,
  provider: "postgres",
  p99Ms: 2,
  maxMs: 3,
} as const

const ratioToRedis = (median: number) => ({ median, min: 0, max: 100 })

const verdictOn = (what: string, results: DetailedResult[]) => {
  const verdict = judge(results).find((one) => one.what === what)
  if (!verdict) {
    throw new Error(`no requirement "${what}"`)
  }
  return verdict
}

describe("the requirements", () => {
  const ratio = "page get-hit, 32 at once, ratio to Redis"

  it("A requirement compares the median of the ratios to Redis with the least ratio.", () => {
    expect(
      verdictOn(ratio, [result({ ratioToRedis: ratioToRedis(1.2) })])
    ).toMatchObject({ measured: 1.2, holds: true, required: "≥ 1.2" })
    expect(
      verdictOn(ratio, [result({ ratioToRedis: ratioToRedis(1.19) })]).holds
    ).toBe(false)
  })

  it.each([
    ["another provider's result", { provider: "baseline" } as const],
    ["two processes", { processes: 2 }],
    ["another concurrency", { concurrency: 1 }],
    ["another workload", { workload: "list" } as const],
    ["a cache that has grown", { entries: 100_000 }],
  ])("A requirement of one measurement ignores %s.", (_, values) => {
    const other = result({ ratioToRedis: ratioToRedis(9), ...values })

    expect(verdictOn(ratio, [other]).holds).toBeUndefined()
  })

  it("A requirement of a ratio to Redis is not judged if nothing was compared with Redis.", () => {
    expect(verdictOn(ratio, [result({})]).measured).toBeUndefined()
  })

  it("The requirement of a get and the floor compares their medians.", () => {
    const what = "page get-hit, 1 at once, p50 against the floor"
    const floor = result({ operation: "floor", concurrency: 1, p50Ms: 0.1 })

    expect(
      verdictOn(what, [floor, result({ concurrency: 1, p50Ms: 0.14 })])
    ).toMatchObject({ holds: false, required: "≤ 1.3" })
    expect(
      verdictOn(what, [floor, result({ concurrency: 1, p50Ms: 0.12 })]).holds
    ).toBe(true)
  })

  it("The requirement of a get of a list and JSON.parse compares their operations per second.", () => {
    const what = "list get-hit, 32 at once, against JSON.parse alone"
    const list = { workload: "list" } as const
    const parse = result({ ...list, operation: "json-parse" })

    expect(
      verdictOn(what, [parse, result({ ...list, opsPerSecond: 740 })]).holds
    ).toBe(false)
    expect(
      verdictOn(what, [parse, result({ ...list, opsPerSecond: 760 })]).holds
    ).toBe(true)
  })

  it("A requirement of two operations compares them round by round.", () => {
    const what = "page get-hit, 1 at once, p50 against the floor"
    const rounds = (...times: number[]) =>
      times.map((p50Ms) => ({ opsPerSecond: 1, p50Ms }))
    // Over all rounds the medians are 0.3 and 0.2; in the middle pair it is 2.
    const floor = result({
      operation: "floor",
      concurrency: 1,
      rounds: rounds(0.1, 0.2, 0.3),
    })
    const get = result({ concurrency: 1, rounds: rounds(0.3, 0.4, 0.3) })

    expect(verdictOn(what, [floor, get]).measured).toBe(2)
  })

  it("A requirement of growth compares a large cache with a small one.", () => {
    const what =
      "page get-hit, 1 at once, p50 at 1,000,000 entries against 1,000"
    const grown = [
      result({ concurrency: 1, entries: 1_000, p50Ms: 0.2 }),
      result({ concurrency: 1, entries: 1_000_000, p50Ms: 0.25 }),
    ]

    expect(verdictOn(what, grown)).toMatchObject({ holds: true })
  })

  it("A requirement of the near cache compares a provider that has one with a provider that has none.", () => {
    const what = "postgres-near: page set-new, 32 at once, against postgres"
    const setNew = { operation: "set-new", entries: 0 } as const
    const near = { ...setNew, provider: "postgres-near" } as const

    expect(
      verdictOn(what, [
        result({ ...near, opsPerSecond: 860 }),
        result({ ...setNew, opsPerSecond: 1000 }),
      ])
    ).toMatchObject({ holds: true, required: "≥ 0.85", measured: 0.86 })
    expect(
      verdictOn(what, [
        result({ ...near, opsPerSecond: 840 }),
        result({ ...setNew, opsPerSecond: 1000 }),
      ]).holds
    ).toBe(false)
  })

  it("A requirement of the near cache compares two processes with Redis.", () => {
    const replayed = result({
      workload: "storefront",
      operation: "trace",
      entries: 0,
      provider: "postgres-near",
      processes: 2,
      ratioToRedis: ratioToRedis(1.9),
    })

    expect(
      verdictOn(
        "postgres-near: storefront trace, 32 at once, 2 processes, ratio to Redis",
        [replayed]
      )
    ).toMatchObject({ holds: false, required: "≥ 4.5" })
  })

  it("The requirements of an invalidation compare the time after a clear with its limits.", () => {
    const watched = (values: object) =>
      result({
        operation: "invalidation",
        concurrency: 1,
        provider: "postgres-near",
        processes: 2,
        p99Ms: 51,
        ...values,
      })

    expect(
      verdictOn("postgres-near: invalidation, p50, ms", [watched({})])
    ).toMatchObject({ measured: 1, holds: true })
    expect(
      verdictOn("postgres-near: invalidation, p99, ms", [watched({})]).holds
    ).toBe(false)
    expect(
      verdictOn("postgres-near: invalidation, latest, ms", [
        watched({ maxMs: 5_100 }),
      ]).holds
    ).toBe(false)
  })

  it("A comparison without a requirement is shown and not judged.", () => {
    const verdict = verdictOn("page fill, 32 at once, against unguarded-fill", [
      result({ operation: "fill", opsPerSecond: 900 }),
      result({ operation: "unguarded-fill" }),
    ])

    expect(verdict.measured).toBe(0.9)
    expect(verdict.holds).toBeUndefined()
    expect(verdictsAsText([verdict])).toContain("0.90 (0.90–0.90)")
  })
})

describe("the last line of the report", () => {
  const trace = (concurrency: number, median: number, more = {}) =>
    result({
      workload: "storefront",
      operation: "trace",
      concurrency,
      ratioToRedis: ratioToRedis(median),
      ...more,
    })

  it("The report ends with how many times as fast as on Redis a storefront is served.", () => {
    const near = { provider: "postgres-near", processes: 2 } as const

    expect(inShort([trace(1, 1.24), trace(32, 2.71)])).toBe(
      "In short: on PostgreSQL a storefront is served 2.7 times as fast as on Redis when it is busy, 1.2 times when it is quiet."
    )
    expect(
      inShort([trace(1, 1.24), trace(32, 2.71), trace(32, 4.6, near)])
    ).toContain(", and 4.6 times with a near cache.")
  })

  it("A run that has not compared the storefront with Redis ends without it.", () => {
    expect(inShort([result({})])).toBeUndefined()
  })
})
