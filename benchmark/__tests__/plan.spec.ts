import { readArguments, UsageError } from "../cli/arguments"
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

describe("planCells", () => {
  it("measures growth and two processes in a full run only", () => {
    const full = planFor([])
    const quick = planFor(["--quick"])

    expect(mostEntries(full)).toBe(1_000_000)
    expect(Math.max(...full.map(({ processes }) => processes))).toBe(2)
    expect(mostEntries(quick)).toBe(400)
    expect(Math.max(...quick.map(({ processes }) => processes))).toBe(1)
  })

  it("has the providers that are asked for, and no Redis where there is none", () => {
    expect(providersIn(planFor(["--only", "postgres,memory"]))).toEqual(
      new Set(["postgres", "memory"])
    )
    expect(providersIn(planFor([], { withRedis: false }))).not.toContain(
      "redis"
    )
  })

  it("has what matches one name of each kind", () => {
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

  it("measures the floor in the rounds of the get that is compared with it", () => {
    const [cell] = planFor(["--quick", "--only", "floor"])

    expect(cell).toMatchObject({ operation: "get-hit", concurrency: 1 })
    expect(cell?.contenders).toContainEqual({
      provider: "postgres",
      operation: "floor",
      entries: 400,
    })
  })

  it("replays no trace where none was recorded", () => {
    const plan = planFor([], { withTrace: false })

    expect(plan.map(({ workload }) => workload)).not.toContain("storefront")
  })
})

describe("readArguments", () => {
  it.each([
    [["--quik"], "--quik"],
    [["page"], "page"],
    [["--only", "get-hits"], `--only: got "get-hits", allowed: page`],
    [["--rounds", "0"], `--rounds: got "0", allowed: 1 or more`],
    [["--rounds", "2.5"], `--rounds: got "2.5"`],
    [["--json"], "--json"],
  ])("refuses %j", (args, message) => {
    expect(() => readArguments(args)).toThrow(UsageError)
    expect(() => readArguments(args)).toThrow(message)
  })
})
