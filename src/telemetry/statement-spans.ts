import type { Statement } from "../sql/statement"
import { type OpenTelemetryApi, SCOPE } from "./api"
import { errorType, type Metrics } from "./metrics"

/**
 * A span and a duration for each statement. Its parent is what asked for it first, so inside of Medusa's
 * `registerOtel({ instrument: { cache: true } })` it stands below `cache.get` and the like. Nothing
 * of keys, tags and values is recorded.
 */
export class StatementSpans {
  private readonly trace?: <T>(
    name: string,
    run: () => Promise<T>
  ) => Promise<T>

  constructor(
    api: OpenTelemetryApi | undefined,
    private readonly metrics: Metrics
  ) {
    this.trace = api && tracing(api)
  }

  async record<T>({ summary }: Statement, run: () => Promise<T>): Promise<T> {
    const begun = performance.now()
    try {
      const result = await (this.trace ? this.trace(summary, run) : run())
      this.metrics.ranStatement(summary, begun)
      return result
    } catch (error) {
      this.metrics.ranStatement(summary, begun, error)
      throw error
    }
  }
}

function tracing({ trace, SpanKind, SpanStatusCode }: OpenTelemetryApi) {
  const tracer = trace.getTracer(SCOPE)
  return async <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const span = tracer.startSpan(name, {
      kind: SpanKind.CLIENT,
      attributes: {
        "db.system.name": "postgresql",
        "db.query.summary": name,
      },
    })
    try {
      return await run()
    } catch (error) {
      span.setAttribute("error.type", errorType(error))
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  }
}
