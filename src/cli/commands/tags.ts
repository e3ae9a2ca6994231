import { InvalidArgumentError } from "commander"
import { Digester } from "../../encoding/digest"
import { Database } from "../database"
import {
  entryColumns,
  type EntryFacts,
  entryFacts,
  type EntryRow,
} from "../entry"
import { count, quotable, table } from "../format"
import type { Program } from "../program"
import { countTagged } from "../sql/count-tagged"
import { listTagged } from "../sql/list-tagged"
import { resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

const DEFAULT_LIMIT = 50

interface Tagged {
  readonly tag: string
  readonly namespace: string
  readonly total: number
  readonly entries: readonly EntryFacts[]
}

export function addTags({ command, output }: Program): void {
  withJson(
    withTarget(
      command("tags")
        .description("the entries that have a tag, the newest first")
        .argument("<tag>")
        .option(
          "--limit <number>",
          "how many entries at most",
          readLimit,
          DEFAULT_LIMIT
        )
    )
  ).action(
    async (
      tag: string,
      flags: TargetFlags & { json?: boolean; limit: number }
    ) => {
      const options = await resolveTarget(flags)
      const tagged = await Database.with(options, (database) =>
        find(database, options.namespace, tag, flags.limit)
      )
      if (flags.json) {
        output.json(tagged)
      } else {
        output.print(...asText(tagged))
      }
    }
  )
}

async function find(
  database: Database,
  namespace: string,
  tag: string,
  limit: number
): Promise<Tagged> {
  const digest = new Digester(namespace).tag(tag)
  const rows = await database.run<EntryRow>(listTagged, [
    namespace,
    digest,
    limit,
  ])
  const [counted] = await database.run<{ entries: number }>(countTagged, [
    namespace,
    [digest],
    false,
  ])
  return {
    tag,
    namespace,
    // Entries come and go between the two statements.
    total: Math.max(counted!.entries, rows.length),
    entries: rows.map(entryFacts),
  }
}

function asText({ tag, total, entries }: Tagged): string[] {
  if (total === 0) {
    return [`No entry has the tag ${quotable(tag)}.`]
  }
  const all = `${count(total, "entry has", "entries have")} the tag ${quotable(tag)}`
  return [
    ...table(["Key", "Size", "Time left"], entries.map(entryColumns), [
      "left",
      "right",
      "left",
    ]),
    "",
    entries.length < total
      ? `${all}; these are the newest ${entries.length}.`
      : `${all}.`,
  ]
}

function readLimit(value: string): number {
  const limit = Number(value)
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidArgumentError("Allowed: a whole number, 1 or more.")
  }
  return limit
}
