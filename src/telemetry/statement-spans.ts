import type { Statement } from "../sql/statement"
import { type OpenTelemetryApi, SCOPE } from "./api"
import { errorType, type Metrics } from "./metrics"

/** To be called with the answer. */
export type EndOfStatement = (error: Error | null) => void

/**
 * A span and a duration for each statement. Its parent is what asked for it first, so inside of Medusa's
 * `registerOtel({ instrument: { cache: true } })` it stands below `cache.get` and the like. Nothing
 * of keys, tags and values is recorded.
 */
export class StatementSpans {
  private readonly startSpan?: (name: string) => EndOfStatement

  constructor(
    api: OpenTelemetryApi | undefined,
    private readonly metrics: Metrics
  ) {
    this.startSpan = api && spansOf(api)
  }

  /** @returns nothing where nobody records */
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

/** @returns nothing where no SDK is registered: even a span that goes nowhere takes its time */
function spansOf(
  api: OpenTelemetryApi
): ((name: string) => EndOfStatement) | undefined {
  const { trace, SpanKind, SpanStatusCode } = api
  const tracer = trace.getTracer(SCOPE)
  const probe = tracer.startSpan("probe")
  if (!api.isSpanContextValid(probe.spanContext())) {
    return undefined
  }
  return (name) => {
    const span = tracer.startSpan(name, {
      kind: SpanKind.CLIENT,
      attributes: {
        "db.system.name": "postgresql",
        "db.query.summary": name,
      },
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
