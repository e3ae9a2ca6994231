/**
 * A process that records telemetry as a shop does that calls Medusa's `registerOtel` with `db` and
 * `cache`, but keeps it in memory: it uses the cache once in every way, or leases, and prints what was recorded.
 *
 * Usage: node telemetry-process.cjs <database URL> [lease]
 */
const { setTimeout: sleep } = require("node:timers/promises")
const {
  NodeSDK,
  metrics,
  tracing,
} = require("@medusajs/framework/opentelemetry/sdk-node")
const {
  PgInstrumentation,
} = require("@medusajs/framework/opentelemetry/instrumentation-pg")
const { trace } = require("@medusajs/framework/opentelemetry/api")

const spans = new tracing.InMemorySpanExporter()
const measurements = new metrics.InMemoryMetricExporter(
  metrics.AggregationTemporality.CUMULATIVE
)
const reader = new metrics.PeriodicExportingMetricReader({
  exporter: measurements,
  exportIntervalMillis: 3_600_000,
})
const sdk = new NodeSDK({
  spanProcessors: [new tracing.SimpleSpanProcessor(spans)],
  metricReaders: [reader],
  instrumentations: [new PgInstrumentation()],
})
sdk.start()

// Loaded once the instrumentation is on.
const { builtProvider } = require("./built-provider.cjs")

const providerAt = (clientUrl, namespace, lease) =>
  builtProvider(
    clientUrl,
    { sweep: false, maxEntries: 1, namespace, lease },
    { error: console.error }
  )

/** A get that waits for a set, and a load that is never set. */
async function useLeases() {
  const provider = providerAt(process.argv[2], "leases", { waitMillis: 2_000 })
  await provider.get({ key: "k" })
  const waiting = provider.get({ key: "k" })
  await provider.set({ key: "k", data: {} })
  await waiting
  await provider.get({ key: "never set" })
  await provider.get({ key: "never set" })
  return provider
}

async function useAll() {
  const provider = providerAt(process.argv[2])
  const tracer = trace.getTracer("test")
  const secret = "a secret value"
  await provider.set({ key: "k", data: { secret }, tags: ["t"] })
  await tracer.startActiveSpan("cache.get", async (span) => {
    await provider.get({ key: "k" })
    span.end()
  })
  await provider.get({ key: "unknown" })
  await provider.clear({ tags: ["t"] })
  await provider.set({ key: "unknown", data: {}, tags: ["t"] })
  await provider.set({ key: "a", data: {}, tags: ["t"] })
  await provider.set({ key: "b", data: {}, ttl: 0.05 })
  await provider.set({ key: "c", data: {} })
  await sleep(60)
  await provider.sweep()

  const broken = providerAt("postgres://nobody@127.0.0.1:1/none", "broken")
  await broken.get({ key: "k" })
  // Until then it asks whether the database is back.
  await broken.close()
  return provider
}

async function main() {
  const provider = await (process.argv[3] ? useLeases() : useAll())
  await reader.forceFlush()
  console.log(
    JSON.stringify({
      spans: spans.getFinishedSpans().map((span) => ({
        name: span.name,
        scope: span.instrumentationScope.name,
        id: span.spanContext().spanId,
        parent: span.parentSpanContext?.spanId ?? span.parentSpanId,
        kind: span.kind,
        status: span.status,
        attributes: span.attributes,
      })),
      metrics: measurements
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .filter(({ scope }) => scope.name === "medusa-caching-postgres")
        .flatMap(({ metrics }) => metrics)
        .map(({ descriptor, dataPoints }) => ({
          name: descriptor.name,
          unit: descriptor.unit,
          points: dataPoints.map(({ attributes, value }) => ({
            attributes,
            value: typeof value === "object" ? value.count : value,
          })),
        })),
    })
  )
  await provider.close()
  await sdk.shutdown()
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
