import { canonicalName } from "../../digests"
import { Digester } from "../../digests"
import { Database } from "../database"
import { type EntryFacts, entryFacts, type EntryRow, timeLeft } from "../entry"
import { CommandError } from "../errors"
import { escapeControls, fieldLines, quotable, size } from "../format"
import { keyOfArgument } from "../key-argument"
import { checkNamespace } from "../namespaces"
import type { Program } from "../program"
import { findEntry } from "../sql/find-entry"
import { describeTarget, resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

interface FoundRow extends EntryRow {
  readonly tags: string
  readonly data: string
  readonly auto_invalidate: boolean
}

interface Found extends EntryFacts {
  readonly namespace: string
  readonly tags: readonly string[]
  readonly options: { readonly autoInvalidate: boolean }
  readonly value: unknown
}

export function addGet({ command, output }: Program): void {
  withJson(
    withTarget(
      command("get")
        .description(
          "the entry of a key, with its tags, its time and its value"
        )
        .argument("<key>", 'a key, or a JSON string as "list" prints it')
    )
  ).action(async (key: string, flags: TargetFlags & { json?: boolean }) => {
    const options = await resolveTarget(flags)
    const found = await Database.with(options, async (database) => {
      await checkNamespace(
        database,
        options,
        output.note,
        flags.namespace !== undefined
      )
      return find(database, options.namespace, key)
    })
    if (!found) {
      throw new CommandError(
        `no entry of key ${quotable(key)} in ${describeTarget(options)}`,
        { code: "no-entry" }
      )
    }
    if (flags.json) {
      output.json(found)
    } else {
      output.print(...asText(found))
    }
  })
}

async function find(
  database: Database,
  namespace: string,
  argument: string
): Promise<Found | undefined> {
  const key = await keyOfArgument(database, namespace, argument)
  const name = canonicalName(key)
  const [row] = await database.run<FoundRow>(findEntry, [
    namespace,
    new Digester(namespace).key(name),
    name,
  ])
  return (
    row && {
      namespace,
      ...entryFacts(row),
      tags: JSON.parse(row.tags) as string[],
      options: { autoInvalidate: row.auto_invalidate },
      value: JSON.parse(row.data) as unknown,
    }
  )
}

function asText(entry: Found): string[] {
  const { tags, options } = entry
  return [
    ...fieldLines([
      ["Key", quotable(entry.key)],
      ["Namespace", quotable(entry.namespace)],
      ["Tags", tags.length > 0 ? tags.map(quotable).join(", ") : "none"],
      ["autoInvalidate", String(options.autoInvalidate)],
      ["Set", entry.setAt.toISOString()],
      ["Time left", timeLeft(entry)],
      ["Size", `${size(entry.bytes)}, ${size(entry.storedBytes)} as stored`],
    ]),
    "",
    escapeControls(JSON.stringify(entry.value, null, 2)),
  ]
}
