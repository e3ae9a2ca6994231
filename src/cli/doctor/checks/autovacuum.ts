import { count, percent } from "../../format"
import { readServer } from "../../sql/read-server"
import type { Check, Patient } from "../check"
import { ok, type Result, warning } from "../finding"
import type { TableState } from "../table-state"

/** Autovacuum comes at 5 % and 1,000 dead rows; this is well beyond. */
const MANY_DEAD_ROWS = 10_000
const LARGE_DEAD_SHARE = 0.5

/** Whether the server vacuums the tables by itself, and often enough. */
export const autovacuumCheck: Check = async (patient) => {
  if (patient.tables.length === 0) {
    return []
  }
  const results = [
    ...(await ofServer(patient)),
    ...patient.tables.flatMap((table) => ofTable(table, patient)),
  ]
  return results.length > 0 ? results : [ok("on, and keeping up")]
}

async function ofServer({ database }: Patient): Promise<Result[]> {
  const [server] = await database.run<{
    autovacuum: boolean
    track_counts: boolean
  }>(readServer)
  const off = (["autovacuum", "track_counts"] as const).filter(
    (setting) => !server![setting]
  )
  return off.map((setting) =>
    warning(
      `the server's setting ${setting} is off: the tables will grow and become slow`,
      `Turn it on: alter system set ${setting} = on; select pg_reload_conf();`
    )
  )
}

function ofTable(table: TableState, { options }: Patient): Result[] {
  const name = `"${options.database.schema}".${table.name}`
  const results: Result[] = []
  if (table.options.some(isOff)) {
    results.push(
      warning(
        `autovacuum is off for ${table.name}`,
        `alter table ${name} reset (autovacuum_enabled);`
      )
    )
  }
  const rows = table.live_rows + table.dead_rows
  const share = table.dead_rows / Math.max(rows, 1)
  if (table.dead_rows > MANY_DEAD_ROWS && share > LARGE_DEAD_SHARE) {
    results.push(
      warning(
        `${table.name} has ${count(table.dead_rows, "dead row")}, ${percent(share)} of all; last vacuum: ${table.last_vacuum?.toISOString() ?? "never"}`,
        `Look for transactions that stay open in pg_stat_activity, which keep dead rows alive; then: vacuum ${name};`
      )
    )
  }
  return results
}

function isOff(option: string): boolean {
  return /^autovacuum_enabled=(off|false|no|0)$/i.test(option)
}
