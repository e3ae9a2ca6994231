import { type Command, InvalidArgumentError } from "commander"
import {
  countEntries,
  keyOf,
  type ListedEntry,
  listEntries,
  type Order,
  readEntry,
} from "../../inspect/entries"
import { OperatorError } from "../../inspect/errors"
import { EVERYTHING } from "../../types"
import { ago } from "../../units"
import {
  type CommandResult,
  type CacheCommand,
  type Call,
  placeInWords,
  withTarget,
} from "../command"
import { usageError } from "../errors"
import {
  count,
  duration,
  escapeControls,
  fieldLines,
  quotable,
  shellWord,
  size,
  table,
} from "../format"

const DEFAULT_LIMIT = 50

interface Flags {
  readonly limit: number
  readonly oldest?: boolean
  readonly largest?: boolean
}

export const list: CacheCommand<Flags> = {
  name: "list",
  description: "lists the entries, the newest first",
  notes: `Keys are quoted so that a shell hands them to "get" as they are. On a terminal long keys are cut in the middle to fit
its width; in a pipe and with --json they are whole.`,
  declare: (command) => {
    command.option("--oldest", "the entries that were set longest ago first")
    command.option("--largest", "the entries with the most bytes of JSON first")
    addLimit(command)
  },
  run: async (call) => {
    const { oldest, largest } = call.flags
    if (oldest && largest) {
      throw usageError("give one of --oldest and --largest")
    }
    const order = oldest ? "oldest" : largest ? "largest" : "newest"
    return answerPage(call, { order }, order)
  },
}

export const tags: CacheCommand<Flags> = {
  name: "tags",
  description: "lists the entries that have a tag, the newest first",
  notes: `It lists what "clear --tag" of the same tag removes: with "*" all entries of the namespace.`,
  declare: (command) =>
    addLimit(command.argument("<tag>", 'a tag; "*" stands for every entry')),
  run: (call) =>
    answerPage(call, { tag: call.argument }, "newest", call.argument),
}

export const get: CacheCommand = {
  name: "get",
  description: "shows the entry of a key, with its tags, time and value",
  declare: (command) =>
    command.argument("<key>", 'a key, or a JSON string as "list" prints it'),
  run: (call) =>
    withTarget(call, async (database) => {
      const { namespace } = database
      const key = await keyOf(database, call.argument)
      const row = await readEntry(database, key)
      if (!row) {
        throw new OperatorError(
          `no entry of key ${quotable(call.argument)} in ${placeInWords(database)}`,
          "no-entry"
        )
      }
      const { autoInvalidate, data, tags: tagsOfRow, ...entry } = row
      const tagNames = JSON.parse(tagsOfRow) as string[]
      const value = JSON.parse(data) as unknown
      const options = { autoInvalidate }
      const stored = size(row.storedBytes)
      return {
        json: { namespace, ...entry, key, tags: tagNames, options, value },
        text: [
          ...fieldLines([
            ["Key", quotable(key)],
            ["Namespace", quotable(namespace)],
            ["Tags", tagNames.map(quotable).join(", ") || "none"],
            ["autoInvalidate", String(autoInvalidate)],
            ["Set", row.setAt.toISOString()],
            ["Time left", timeLeft(row)],
            ["Size", `${size(row.bytes)}, ${stored} as stored`],
          ]),
          "",
          escapeControls(JSON.stringify(value, null, 2)),
        ],
      }
    }),
}

/**
 * Answers with a page of entries.
 *
 * @param json what the JSON names first
 * @param tag that the entries have; by default, and with "*", all entries are read
 */
function answerPage(
  call: Call<Flags>,
  json: object,
  order: Order,
  tag = EVERYTHING
): Promise<CommandResult> {
  return withTarget(call, async (database) => {
    const { namespace } = database
    const { limit } = call.flags
    const selection = { tags: [tag] }
    const rows = await listEntries(database, selection, order, limit)
    const entries = rows.map((row) => ({
      ...row,
      key: JSON.parse(row.key) as string,
    }))
    // Entries may be removed between the two queries.
    const counted = await countEntries(database, selection)
    const total = Math.max(counted, rows.length)
    const [none, one, many, where] =
      tag === EVERYTHING
        ? ["No entries", "entry", "entries", `in namespace "${namespace}"`]
        : [
            "No entry has",
            "entry has",
            "entries have",
            `the tag ${quotable(tag)}`,
          ]
    const shown =
      rows.length < total ? `; these are the ${order} ${rows.length}` : ""
    const summary = `${count(total, one, many)} ${where}${shown}.`
    return {
      json: { ...json, namespace, total, entries },
      text:
        total === 0
          ? [`${none} ${where}.`]
          : [...entryTable(entries, call.output.width), "", summary],
    }
  })
}

/** @param width columns of the terminal; keys are cut to fit, and else such that `get` takes them */
function entryTable(entries: readonly ListedEntry[], width?: number): string[] {
  const now = Date.now()
  return table(
    ["Key", "Size", "Set", "Time left"],
    entries.map((entry) => [
      shellWord(entry.key),
      size(entry.bytes),
      ago((now - entry.setAt.getTime()) / 1000),
      timeLeft(entry),
    ]),
    ["left", "right", "left", "left"],
    width
  )
}

function timeLeft({ expired, secondsLeft }: ListedEntry): string {
  if (secondsLeft === null) {
    return "no limit"
  }
  return expired ? `expired ${ago(-secondsLeft)}` : duration(secondsLeft)
}

function addLimit(command: Command): void {
  const readLimit = (value: string) => {
    const limit = Number(value)
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new InvalidArgumentError("Allowed: a whole number, 1 or more.")
    }
    return limit
  }
  const text = "how many entries at most"
  command.option("--limit <number>", text, readLimit, DEFAULT_LIMIT)
}
