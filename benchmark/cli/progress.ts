import { speed, spread } from "../report/numbers"
import { isGrowth, type Cell } from "../run/cell"
import type { CellResult } from "../run/result"

const baselines = new Set([
  "floor",
  "lookup",
  "json-parse",
  "look",
  "trace-floor",
  "unguarded-fill",
])

/** Says on stderr, line by line, how far the run is. */
export class Progress {
  private readonly started = performance.now()

  say(line: string): void {
    process.stderr.write(`[${this.seconds().padStart(6)}] ${line}\n`)
  }

  begin(cell: Cell, number: number, count: number): void {
    this.say(`${number}/${count} ${describe(cell)}`)
  }

  end(results: readonly CellResult[]): void {
    const speeds = results.map(
      (result) => `${nameOf(result)} ${speed(result.opsPerSecond)}/s`
    )
    const ratios = results
      .filter(({ provider }) => provider.startsWith("postgres"))
      .flatMap(({ provider, ratioToRedis }) =>
        ratioToRedis ? [`${provider} ${spread(ratioToRedis)}`] : []
      )
    const compared =
      ratios.length > 0 ? `; ratio to Redis: ${ratios.join(", ")}` : ""
    this.say(`  ${speeds.join(", ")}${compared}`)
  }

  private seconds(): string {
    return `${((performance.now() - this.started) / 1000).toFixed(0)} s`
  }
}

function nameOf(result: CellResult): string {
  const { provider, operation, entries } = result
  const name = baselines.has(operation) ? operation : provider
  return isGrowth(result)
    ? `${name} (${entries.toLocaleString("en-US")})`
    : name
}

function describe(cell: Cell): string {
  const { workload, operation, concurrency, processes } = cell
  const many = processes === 1 ? "" : `, ${processes} processes`
  const grows = cell.contenders.some(isGrowth) ? ", as the cache grows" : ""
  return `${workload} ${operation}, ${concurrency} at once${many}${grows}`
}
