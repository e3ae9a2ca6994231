import { UsageError } from "../../integration-tests/support/run-tool"
import { readArguments } from "../cli/arguments"
import { planCells } from "../run/plan"

const planFor = (args: string[], more: object = {}) => {
  const { selection, quick } = readArguments(args)
  return planCells({
    selection,
    quick,
    withRedis: true,
    withTrace: true,
    ...more,
  })
}

const mostEntries = (plan: ReturnType<typeof planCells>) =>
  Math.max(
    ...plan.flatMap(({ contenders }) =>
      contenders.map(({ entries }) => entries)
    )
  )

const providersIn = (plan: ReturnType<typeof planCells>) =>
  new Set(
    plan.flatMap(({ contenders }) => contenders.map(({ provider }) => provider))
  )

describe("the plan of a benchmark", () => {
  it("Only a full run of the benchmark measures growth and several processes.", () => {
    const full = planFor([])
    const quick = planFor(["--quick"])

    expect(mostEntries(full)).toBe(1_000_000)
    expect(Math.max(...full.map(({ processes }) => processes))).toBe(6)
    expect(mostEntries(quick)).toBe(400)
    expect(Math.max(...quick.map(({ processes }) => processes))).toBe(1)
  })

  it("A benchmark measures the providers that --only names, and no Redis if there is none.", () => {
    expect(providersIn(planFor(["--only", "postgres,memory"]))).toEqual(
      new Set(["postgres", "memory"])
    )
    expect(providersIn(planFor([], { withRedis: false }))).not.toContain(
      "redis"
    )
  })

  it("A benchmark measures what matches one of the names of each kind that --only gives.", () => {
    const plan = planFor(["--quick", "--only", "list", "--only", "set-new"])

    expect(
      plan.map(({ workload, operation, concurrency }) => [
        workload,
        operation,
        concurrency,
      ])
    ).toEqual([
      ["list", "set-new", 1],
      ["list", "set-new", 32],
    ])
  })

  it("A benchmark measures the floor in the rounds of the get that is compared with it.", () => {
    const [cell] = planFor(["--quick", "--only", "floor"])

    expect(cell).toMatchObject({ operation: "get-hit", concurrency: 1 })
    expect(cell?.contenders).toContainEqual({
      provider: "postgres",
      operation: "floor",
      entries: 400,
    })
  })

  it("A benchmark compares a near cache with none in the operations that it speeds up and in those that it slows down.", () => {
    const plan = planFor(["--only", "list,postgres-near,postgres-shared"])
    const operationsOf = (provider: string) =>
      new Set(
        plan.flatMap(({ contenders }) =>
          contenders
            .filter((contender) => contender.provider === provider)
            .map(({ operation }) => operation)
        )
      )

    expect(operationsOf("postgres-near")).toEqual(
      new Set([
        "get-hit",
        "overwrite",
        "clear-unknown",
        "clear-one",
        "clear-400",
        "set-new",
      ])
    )
    expect(operationsOf("postgres-shared")).toEqual(new Set(["get-hit"]))
    expect(plan.map(({ processes }) => processes)).not.toContain(2)
  })

  it("A benchmark replays the trace with a near cache in one process and in two.", () => {
    const plan = planFor(["--only", "trace,postgres-near"])

    expect(
      plan.map(({ concurrency, processes }) => [processes, concurrency])
    ).toEqual([
      [1, 1],
      [1, 32],
      [2, 1],
      [2, 32],
    ])
  })

  it("A quick run of the benchmark measures only hits and the trace with a near cache.", () => {
    const plan = planFor(["--quick", "--only", "postgres-near"])

    expect(
      plan.map(({ workload, operation }) => `${workload} ${operation}`)
    ).toEqual([
      "page get-hit",
      "page get-hit",
      "list get-hit",
      "list get-hit",
      "storefront trace",
      "storefront trace",
    ])
    expect(providersIn(planFor(["--quick"]))).not.toContain("postgres-shared")
  })

  it("A benchmark measures guarded and unguarded fills in the same rounds.", () => {
    const [cell] = planFor(["--only", "unguarded-fill"])

    expect(
      cell?.contenders.map(({ provider, operation, entries }) => [
        provider,
        operation,
        entries,
      ])
    ).toEqual([
      ["postgres", "fill", 0],
      ["postgres-lease", "fill", 0],
      ["redis", "fill", 0],
      ["postgres", "unguarded-fill", 0],
    ])
  })

  it("A benchmark watches what another process clears, alone and beside four others.", () => {
    const plan = planFor(["--only", "invalidation,invalidation-busy"])

    expect(
      plan.map(({ operation, processes }) => [operation, processes])
    ).toEqual([
      ["invalidation", 2],
      ["invalidation-busy", 6],
    ])
  })

  it("A benchmark replays no trace if none was recorded.", () => {
    const plan = planFor([], { withTrace: false })

    expect(plan.map(({ workload }) => workload)).not.toContain("storefront")
  })
})

describe("the arguments of a benchmark", () => {
  it.each([
    [["--quik"], "--quik"],
    [["page"], "page"],
    [["--only", "get-hits"], `--only: got "get-hits", allowed: page`],
    [["--rounds", "0"], `--rounds: got "0", allowed: 1 or more`],
    [["--rounds", "2.5"], `--rounds: got "2.5"`],
    [["--json"], "--json"],
  ])(
    "The benchmark refuses the arguments %j and says why.",
    (args, message) => {
      expect(() => readArguments(args)).toThrow(UsageError)
      expect(() => readArguments(args)).toThrow(message)
    }
  )
})
