import { canonicalName } from "../../digests"
import { type Entry, keyOfArgument, readKeys, timeLeft } from "../entries"
import { CommandError } from "../errors"
import { escapeControls, fieldLines, quotable, size } from "../format"
import type { CacheCommand } from "../command"
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
      const which = [namespace, database.keyDigest(key), canonicalName(key)]
      const [row] = readKeys(await database.run<Row>(findEntry, which))
      if (!row) {
        throw new CommandError(
          `no entry of key ${quotable(call.argument)} in ${describeTarget(options)}`,
          "no-entry"
        )
      }
      const { tags: tagsText, autoInvalidate, data, ...entry } = row
      const tags = JSON.parse(tagsText) as string[]
      const value = JSON.parse(data) as unknown
      const stored = size(entry.storedBytes)
      return {
        json: { namespace, ...entry, tags, options: { autoInvalidate }, value },
        text: [
          ...fieldLines([
            ["Key", quotable(key)],
            ["Namespace", quotable(namespace)],
            ["Tags", tags.map(quotable).join(", ") || "none"],
            ["autoInvalidate", String(autoInvalidate)],
            ["Set", entry.setAt.toISOString()],
            ["Time left", timeLeft(entry)],
            ["Size", `${size(entry.bytes)}, ${stored} as stored`],
          ]),
          "",
          escapeControls(JSON.stringify(value, null, 2)),
        ],
      }
    }),
}
