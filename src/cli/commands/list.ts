import type { Program } from "../program"
import type { ResolvedOptions } from "../../options"
import { Database } from "../database"
import {
  type EntryFacts,
  entryFacts,
  type EntryRow,
  entryTable,
} from "../entry"
import { CommandError } from "../errors"
import { count } from "../format"
import { withLimit } from "../limit"
import { checkNamespace } from "../namespaces"
import { countNamespace } from "../sql/count-namespace"
import { listEntries, type Order } from "../sql/list-entries"
import { resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

const NOTES = `
Keys are quoted so that a shell hands them to "get" as they are. On a terminal long ones are cut in the middle to
fit its width; in a pipe and with --json they are whole.`

type Flags = TargetFlags & {
  json?: boolean
  limit: number
  oldest?: boolean
  largest?: boolean
}

/** What `list` prints with `--json`. */
export interface Listed {
  readonly namespace: string
  readonly order: Order
  readonly total: number
  readonly entries: readonly EntryFacts[]
}

export function addList({ command, output }: Program): void {
  const list = command("list")
    .description("the entries, the newest first")
    .option("--oldest", "those that were set longest ago first")
    .option("--largest", "those with the most bytes of JSON first")
    .addHelpText("after", NOTES)
  withJson(withTarget(withLimit(list))).action(async (flags: Flags) => {
    const order = readOrder(flags)
    const options = await resolveTarget(flags)
    const listed = await Database.with(options, async (database) => {
      await checkNamespace(
        database,
        options,
        output.note,
        flags.namespace !== undefined
      )
      return findEntries(database, options, order, flags.limit)
    })
    if (flags.json) {
      output.json(listed)
    } else {
      output.print(...asText(listed, output.width))
    }
  })
}

export async function findEntries(
  database: Database,
  { namespace }: ResolvedOptions,
  order: Order,
  limit: number
): Promise<Listed> {
  const rows = await database.run<EntryRow>(listEntries(order), [
    namespace,
    limit,
  ])
  const [counted] = await database.run<{ entries: number }>(countNamespace, [
    namespace,
  ])
  return {
    namespace,
    order,
    // Entries come and go between the two statements.
    total: Math.max(counted!.entries, rows.length),
    entries: rows.map(entryFacts),
  }
}

function readOrder({ oldest, largest }: Flags): Order {
  if (oldest && largest) {
    throw new CommandError("give one of --oldest and --largest", {
      code: "usage",
    })
  }
  return oldest ? "oldest" : largest ? "largest" : "newest"
}

function asText(
  { namespace, order, total, entries }: Listed,
  width: number | undefined
): string[] {
  if (total === 0) {
    return [`No entries in namespace "${namespace}".`]
  }
  const all = `${count(total, "entry", "entries")} in namespace "${namespace}"`
  return [
    ...entryTable(entries, width),
    "",
    entries.length < total
      ? `${all}; these are the ${order} ${entries.length}.`
      : `${all}.`,
  ]
}
