import { readFileSync } from "node:fs"
import path from "node:path"

const read = (file: string) =>
  readFileSync(path.resolve(__dirname, "../..", file), "utf8")

/** As Prometheus names metrics and attributes of OpenTelemetry. */
const underscored = (name: string) => name.replaceAll(".", "_")
const UNITS: Record<string, string> = { By: "_bytes", s: "_seconds" }
const namesOf = (name: string, kind: string, unit: string) => {
  const full = underscored(name) + (UNITS[unit] ?? "")
  switch (kind) {
    case "counter":
      return [`${full}_total`]
    case "histogram":
      return ["_bucket", "_count", "_sum"].map((part) => full + part)
    default:
      return [full]
  }
}

/** The rows of the table of metrics. */
const METRICS = [
  ...read("docs/observing.md").matchAll(
    /^\| `([a-z.]+)` +\| ([a-z -]+?) +\| `([^`]+)` +\| (.*)\|$/gm
  ),
].map(([, name, kind, unit, notes]) => ({
  name: name!,
  known: namesOf(name!, kind!, unit!),
  attributes: [...notes!.matchAll(/`([a-z]+(?:\.[a-z]+)+)`/g)].map(
    ([, attribute]) => attribute!
  ),
}))

interface Dashboard {
  panels: { targets: { expr: string; legendFormat: string }[] }[]
  templating: { list: { query: string | { query: string } }[] }
}
const { panels, templating } = JSON.parse(
  read("docs/grafana/dashboard.json")
) as Dashboard
const TARGETS = panels.flatMap(({ targets }) => targets)
/** Each is `label_values(metric, label)`. */
const VARIABLES = templating.list.flatMap(({ query }) =>
  typeof query === "string" ? [] : [query.query]
)
const found = (texts: readonly string[], pattern: RegExp) =>
  texts
    .flatMap((text) => [...text.matchAll(pattern)])
    .flatMap(([, names]) => names!.split(/, ?/))
const EXPRESSIONS = TARGETS.map(({ expr }) => expr)
const SHOWN = found(EXPRESSIONS, /\b([a-z_]+)\{/g)
const LABELS = [
  ...found(EXPRESSIONS, /\b([a-z_]+)(?:=|!=|=~)"/g),
  ...found(EXPRESSIONS, /\bby \(([^)]+)\)/g),
  ...found(
    TARGETS.map(({ legendFormat }) => legendFormat),
    /\{\{([a-z_]+)\}\}/g
  ),
  ...found(VARIABLES, /, ([a-z_]+)\)/g),
]

describe("the Grafana dashboard", () => {
  it("Every metric of src/telemetry.ts is in the table of docs/observing.md.", () => {
    const source = read("src/telemetry.ts")
    const instruments = [
      ...[...source.matchAll(/\bcounter\("([a-z.]+)"/g)].map(
        ([, name]) => `medusa.cache.${name}`
      ),
      ...[
        ...source.matchAll(
          /\b(?:duration|gauge|createObservableUpDownCounter)\(\s*"([a-z.]+)"/g
        ),
      ].map(([, name]) => name!),
    ]
    expect(instruments.length).toBeGreaterThan(15)
    expect(METRICS.map(({ name }) => name).sort()).toEqual(instruments.sort())
  })

  it("Every metric that the dashboard names is in the table of docs/observing.md.", () => {
    const known = METRICS.flatMap((metric) => metric.known)
    const named = [...SHOWN, ...found(VARIABLES, /\(([a-z_]+),/g)]
    expect(named.filter((name) => !known.includes(name))).toEqual([])
  })

  it("The dashboard shows every metric of the table of docs/observing.md.", () => {
    const missing = METRICS.filter(
      ({ known }) => !known.some((name) => SHOWN.includes(name))
    )
    expect(missing.map(({ name }) => name)).toEqual([])
  })

  it("Every attribute that the dashboard names is in docs/observing.md.", () => {
    const known = [
      ...METRICS.flatMap(({ attributes }) => attributes),
      "medusa.cache.namespace",
    ].map(underscored)
    // The bound of a bucket, which Prometheus adds.
    known.push("le")
    expect(LABELS.length).toBeGreaterThan(EXPRESSIONS.length)
    expect(LABELS.filter((label) => !known.includes(label))).toEqual([])
  })
})
