import type { Tracer } from "@medusajs/framework/opentelemetry/api"
import type { Statement } from "../sql"
import { errorType, type Metrics } from "./metrics"
import { type OpenTelemetryApi, SCOPE } from "./open-telemetry"

/**
 * Records a span and a duration for each statement, without keys, tags and values. The parent is the span of the
 * statement's first caller, such as Medusa's `cache.get` with `registerOtel({ instrument: { cache: true } })`.
 */
export class StatementSpans {
  private readonly tracer?: Tracer

  constructor(
    private readonly api: OpenTelemetryApi | undefined,
    private readonly metrics: Pick<Metrics, "areRecorded" | "ranStatement">
  ) {
    const tracer = api?.trace.getTracer(SCOPE)
    const context = tracer?.startSpan("probe").spanContext()
    // Without an SDK it stays undefined, since a span that nobody records takes time, too.
    if (context && api?.isSpanContextValid(context)) {
      this.tracer = tracer
    }
  }

  /** @returns what is to be called with the answer; `undefined` where nothing is recorded */
  begin({ summary }: Statement): ((error: Error | null) => void) | undefined {
    const { api, tracer, metrics } = this
    if (!tracer && !metrics.areRecorded) {
      return undefined
    }
    const begun = performance.now()
    const span = tracer?.startSpan(summary, {
      kind: api!.SpanKind.CLIENT,
      attributes: {
        "db.system.name": "postgresql",
        "db.query.summary": summary,
      },
    })
    return (error) => {
      metrics.ranStatement(summary, begun, error)
      if (error) {
        span?.setAttribute("error.type", errorType(error))
        span?.setStatus({ code: api!.SpanStatusCode.ERROR })
      }
      span?.end()
    }
  }
}
