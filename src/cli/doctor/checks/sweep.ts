import type { ResolvedOptions } from "../../../options"
import { SWEEP } from "../../../sql/statement"
import { ago } from "../../format"
import { readLastSweep } from "../../sql/read-last-sweep"
import type { Check } from "../check"
import { ok, warning } from "../finding"

/** Ten runs of the default schedule. */
const LATELY_SECONDS = 600

/** Whether some process has removed expired entries lately. */
export const sweepCheck: Check = async ({ database, options, tables }) => {
  if (!tables.some(({ name }) => name === SWEEP)) {
    return []
  }
  const [last] = await database.run<{ seconds_ago: number }>(readLastSweep)
  if (last && last.seconds_ago <= LATELY_SECONDS) {
    return [ok(`last run ${ago(last.seconds_ago)}`)]
  }
  const since = last ? `last run ${ago(last.seconds_ago)}` : "has never run"
  return [warning(since, advice(options.sweep))]
}

function advice(sweep: ResolvedOptions["sweep"]): string {
  return sweep === false
    ? "`sweep: false` leaves it to other processes, and none does it; let one of them sweep."
    : `Does the shop run, and does it log that the sweep failed? Its schedule is "${sweep.schedule}". \`npx medusa-caching-postgres sweep\` runs it now.`
}
