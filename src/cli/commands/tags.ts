import type { ResolvedOptions } from "../../options"
import { Digester } from "../../digests"
import { Database } from "../database"
import {
  type EntryFacts,
  entryFacts,
  type EntryRow,
  entryTable,
} from "../entry"
import { count, quotable } from "../format"
import { withLimit } from "../limit"
import { checkNamespace } from "../namespaces"
import type { Program } from "../program"
import { EVERYTHING } from "../selection"
import { countTagged } from "../sql/count-tagged"
import { listTagged } from "../sql/list-tagged"
import { resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"
import { findEntries } from "./list"

const NOTES = `
It lists what "clear --tag" of the same tag removes: with "*", which stands for everything there, all entries of
the namespace.`

interface Tagged {
  readonly tag: string
  readonly namespace: string
  readonly total: number
  readonly entries: readonly EntryFacts[]
}

export function addTags({ command, output }: Program): void {
  const tags = command("tags")
    .description("the entries that have a tag, the newest first")
    .argument("<tag>", 'a tag; "*" stands for every entry')
    .addHelpText("after", NOTES)
  withJson(withTarget(withLimit(tags))).action(
    async (
      tag: string,
      flags: TargetFlags & { json?: boolean; limit: number }
    ) => {
      const options = await resolveTarget(flags)
      const tagged = await Database.with(options, async (database) => {
        await checkNamespace(
          database,
          options,
          output.note,
          flags.namespace !== undefined
        )
        return find(database, options, tag, flags.limit)
      })
      if (flags.json) {
        output.json(tagged)
      } else {
        output.print(...asText(tagged, output.width))
      }
    }
  )
}

async function find(
  database: Database,
  options: ResolvedOptions,
  tag: string,
  limit: number
): Promise<Tagged> {
  const { namespace } = options
  if (tag === EVERYTHING) {
    const all = await findEntries(database, options, "newest", limit)
    return { tag, namespace, total: all.total, entries: all.entries }
  }
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

function asText(
  { tag, namespace, total, entries }: Tagged,
  width: number | undefined
): string[] {
  const isAll = tag === EVERYTHING
  if (total === 0) {
    return [
      isAll
        ? `No entries in namespace "${namespace}".`
        : `No entry has the tag ${quotable(tag)}.`,
    ]
  }
  const all = isAll
    ? `${count(total, "entry", "entries")} in namespace "${namespace}"`
    : `${count(total, "entry has", "entries have")} the tag ${quotable(tag)}`
  return [
    ...entryTable(entries, width),
    "",
    entries.length < total
      ? `${all}; these are the newest ${entries.length}.`
      : `${all}.`,
  ]
}
