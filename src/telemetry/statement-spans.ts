import type { Statement } from "../sql"
import { errorType, type Metrics } from "./metrics"
import { type OpenTelemetryApi, SCOPE } from "./open-telemetry"

/** To be called with the answer. */
type EndOfStatement = (error: Error | null) => void

/**
 * Records a span and a duration for each statement, without keys, tags and values. The parent is the span of the
 * statement's first caller, such as Medusa's `cache.get` with `registerOtel({ instrument: { cache: true } })`.
 */
export class StatementSpans {
  private readonly startSpan?: (name: string) => EndOfStatement

  constructor(
    api: OpenTelemetryApi | undefined,
    private readonly metrics: Pick<Metrics, "areRecorded" | "ranStatement">
  ) {
    this.startSpan = api && spansOf(api)
  }

  /** @returns `undefined` where nothing is recorded */
  begin({ summary }: Statement): EndOfStatement | undefined {
    const { startSpan, metrics } = this
    if (!startSpan && !metrics.areRecorded) {
      return undefined
    }
    const begun = performance.now()
    const endSpan = startSpan?.(summary)
    return (error) => {
      metrics.ranStatement(summary, begun, error)
      endSpan?.(error)
    }
  }
}

/** @returns `undefined` where no SDK is registered: a span that nobody records takes time, too */
function spansOf({
  trace,
  SpanKind,
  SpanStatusCode,
  isSpanContextValid,
}: OpenTelemetryApi): ((name: string) => EndOfStatement) | undefined {
  const tracer = trace.getTracer(SCOPE)
  const probe = tracer.startSpan("probe")
  if (!isSpanContextValid(probe.spanContext())) {
    return undefined
  }
  return (name) => {
    const span = tracer.startSpan(name, {
      kind: SpanKind.CLIENT,
      attributes: { "db.system.name": "postgresql", "db.query.summary": name },
    })
    return (error) => {
      if (error) {
        span.setAttribute("error.type", errorType(error))
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      span.end()
    }
  }
}
