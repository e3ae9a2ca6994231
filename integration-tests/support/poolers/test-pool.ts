import type { CachingPostgresOptions } from "../../../src"
import { CachePool } from "../../../src/connection"
import { Log } from "../../../src/log"
import { resolveOptions } from "../../../src/options"
import type { Statement } from "../../../src/sql"
import { Metrics, StatementSpans } from "../../../src/telemetry"
import { PATIENT } from "../provider/patient"
import { TestLogger } from "../provider/test-logger"

/** The cache's connections by themselves, for statements of a test's own. */
export function testPool(
  clientUrl: string,
  options: CachingPostgresOptions = {},
  logger = new TestLogger()
): CachePool {
  return new CachePool(
    resolveOptions(
      { timeouts: PATIENT, ...options },
      { database: { clientUrl } }
    ),
    new Log(logger.asMedusaLogger),
    new StatementSpans(undefined, new Metrics(undefined, "test"))
  )
}

export function testStatement(name: string, text: string): Statement {
  return { summary: name, name: `test_${name}`, text }
}
