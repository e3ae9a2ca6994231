import { canonicalName } from "../../encoding/canonical-name"
import { type Entry, keyOfArgument, readKeys, timeLeft } from "../entries"
import { CommandError } from "../errors"
import { escapeControls, fieldLines, quotable, size } from "../format"
import type { CacheCommand } from "../program"
import { findEntry } from "../sql/entries"
import { describeTarget, withTarget } from "../target"

interface Row extends Entry {
  /** As JSON. */
  readonly tags: string
  readonly autoInvalidate: boolean
  /** The value as JSON. */
  readonly data: string
}

export const get: CacheCommand = {
  name: "get",
  description: "shows the entry of a key, with its tags, time and value",
  declare: (command) =>
    command.argument("<key>", 'a key, or a JSON string as "list" prints it'),
  run: (call) =>
    withTarget(call, async (database, options) => {
      const { namespace } = database
      const key = await keyOfArgument(database, call.argument)
      const digest = database.keyDigest(key)
      const [row] = readKeys(
        await database.run<Row>(findEntry, [
          namespace,
          digest,
          canonicalName(key),
        ])
      )
      if (!row) {
        throw new CommandError(
          `no entry of key ${quotable(call.argument)} in ${describeTarget(options)}`,
          { code: "no-entry" }
        )
      }
      const { tags, autoInvalidate, data, ...entry } = row
      const found = {
        namespace,
        ...entry,
        tags: JSON.parse(tags) as string[],
        options: { autoInvalidate },
        value: JSON.parse(data) as unknown,
      }
      return { json: found, text: asText(found) }
    }),
}

interface Found extends Entry {
  readonly namespace: string
  readonly tags: readonly string[]
  readonly options: { readonly autoInvalidate: boolean }
  readonly value: unknown
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
