import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { testCache } from "../support/provider/test-cache"

interface Recorded {
  spans: {
    name: string
    scope: string
    id: string
    parent?: string
    kind: number
    status: object
    attributes: Record<string, unknown>
  }[]
  metrics: {
    name: string
    unit: string
    points: { attributes: Record<string, string>; value: number }[]
  }[]
}

const SPAN_KIND_CLIENT = 2

describe("telemetry, with OpenTelemetry's SDK and Medusa's instrumentation of pg", () => {
  const cache = testCache()
  let text: string
  let recorded: Recorded

  const record = async (...what: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(__dirname, "../support/provider/telemetry-process.cjs"),
      cache.url,
      ...what,
    ])
    return stdout
  }

  beforeAll(async () => {
    text = await record()
    recorded = JSON.parse(text) as Recorded
  })

  const metric = (name: string) =>
    recorded.metrics.find((metric) => metric.name === name)!
  const sum = (name: string, attribute?: string, value?: string) =>
    metric(name)
      .points.filter(
        ({ attributes }) => !attribute || attributes[attribute] === value
      )
      .reduce((total, point) => total + point.value, 0)

  it("Telemetry counts hits, misses, sets, clears and errors.", () => {
    expect(sum("medusa.cache.hits")).toBe(1)
    expect(sum("medusa.cache.misses")).toBe(2)
    expect(sum("medusa.cache.sets")).toBe(5)
    expect(sum("medusa.cache.sets.stale")).toBe(1)
    expect(sum("medusa.cache.clears")).toBe(1)
    expect(metric("medusa.cache.errors").points).toEqual([
      {
        value: 1,
        attributes: {
          "medusa.cache.namespace": "broken",
          "medusa.cache.operation": "get",
          "error.type": "ECONNREFUSED",
        },
      },
    ])
  })

  it.each(["cleared", "expired", "evicted"])(
    "Telemetry counts entries that were %s.",
    (reason) => {
      const attribute = "medusa.cache.removal.reason"
      expect(sum("medusa.cache.entries.removed", attribute, reason)).toBe(1)
    }
  )

  it("Telemetry measures durations, in seconds.", () => {
    const operation = "medusa.cache.operation"
    const durations = "medusa.cache.operation.duration"
    expect(sum(durations, operation, "get")).toBe(3)
    expect(sum(durations, operation, "set")).toBe(5)
    expect(sum(durations, operation, "clear")).toBe(1)
    expect(sum("medusa.cache.sweep.duration")).toBe(1)
    expect(
      sum("db.client.operation.duration", "db.query.summary", "get_by_key")
    ).toBe(2)
    for (const name of [
      durations,
      "medusa.cache.sweep.duration",
      "db.client.operation.duration",
    ]) {
      expect(metric(name).unit).toBe("s")
    }
  })

  it("Telemetry measures what is stored, and the use of the pool.", () => {
    expect(sum("medusa.cache.stored")).toBe(
      [{ secret: "a secret value" }, {}, {}, {}, {}]
        .map((data) => JSON.stringify(data).length)
        .reduce((total, length) => total + length)
    )
    expect(sum("medusa.cache.entries")).toBe(1)
    expect(sum("medusa.cache.size")).toBeGreaterThan(100)
    const state = "db.client.connection.state"
    expect(sum("db.client.connection.count", state, "idle")).toBe(3)
    expect(sum("db.client.connection.count", state, "used")).toBe(0)
  })

  it("Telemetry has a span for each statement, below the span of Medusa's that asked for it.", () => {
    const outer = recorded.spans.find(({ name }) => name === "cache.get")!
    const statement = recorded.spans.find(
      ({ name, scope, parent }) =>
        scope === "medusa-caching-postgres" &&
        name === "get_by_key" &&
        parent === outer.id
    )
    expect(statement).toMatchObject({
      kind: SPAN_KIND_CLIENT,
      attributes: {
        "db.system.name": "postgresql",
        "db.query.summary": "get_by_key",
      },
    })
    expect(recorded.spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["set_entry", "invalidate", "evict_oldest"])
    )
  })

  it("Telemetry says how many gets waited for a load, with what outcome, and how many leases ended without a set.", async () => {
    const { metrics } = JSON.parse(await record("lease")) as Recorded
    const pointsOf = (name: string) =>
      metrics.find((metric) => metric.name === `medusa.cache.${name}`)?.points
    const attributes = { "medusa.cache.namespace": "leases" }
    const outcome = "medusa.cache.lease.outcome"
    expect(pointsOf("lease.wait.duration")).toEqual([
      { value: 1, attributes: { ...attributes, [outcome]: "hit" } },
      { value: 1, attributes: { ...attributes, [outcome]: "miss" } },
    ])
    const unfilled = pointsOf("leases.unfilled")![0]!
    expect(unfilled.attributes).toEqual(attributes)
    expect(unfilled.value).toBeGreaterThanOrEqual(1)
  })

  it("Telemetry works where pg is instrumented, too.", () => {
    expect(
      recorded.spans.some(({ scope }) => scope.includes("instrumentation-pg"))
    ).toBe(true)
  })

  it("Telemetry shows no values and no keys.", () => {
    const own = recorded.spans.filter(
      ({ scope }) => scope === "medusa-caching-postgres"
    )
    expect(text).not.toContain("a secret value")
    expect(JSON.stringify(own)).not.toMatch(/unknown|"k"/)
  })
})
