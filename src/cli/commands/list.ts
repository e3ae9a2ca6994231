import { type Command, InvalidArgumentError } from "commander"
import type { Database } from "../database"
import { type Entry, entryTable, readKeys } from "../entries"
import { UsageError } from "../errors"
import { count, quotable } from "../format"
import type { CacheCommand } from "../program"
import {
  countNamespace,
  countTagged,
  listLargest,
  listNewest,
  listOldest,
  listTagged,
} from "../sql/entries"
import { withTarget } from "../target"
import { EVERYTHING } from "./clear"

const DEFAULT_LIMIT = 50
const LISTS = { newest: listNewest, oldest: listOldest, largest: listLargest }

type Order = keyof typeof LISTS

interface Flags {
  readonly limit: number
  readonly oldest?: boolean
  readonly largest?: boolean
}

interface Listed {
  readonly total: number
  readonly entries: readonly Entry[]
}

export const list: CacheCommand<Flags> = {
  name: "list",
  description: "lists the entries, the newest first",
  notes: `Keys are quoted so that a shell hands them to "get" as they are. On a terminal long keys are cut in the middle to fit
its width; in a pipe and with --json they are whole.`,
  declare: (command) =>
    withLimit(
      command
        .option("--oldest", "the entries that were set longest ago first")
        .option("--largest", "the entries with the most bytes of JSON first")
    ),
  run: async (call) => {
    const { limit, oldest, largest } = call.flags
    if (oldest && largest) {
      throw new UsageError("give one of --oldest and --largest")
    }
    const order = oldest ? "oldest" : largest ? "largest" : "newest"
    return withTarget(call, async (database) => {
      const { namespace } = database
      const listed = await findAll(database, order, limit)
      return {
        json: { namespace, order, ...listed },
        text: allAsText(listed, order, namespace, call.output.width),
      }
    })
  },
}

export const tags: CacheCommand<Flags> = {
  name: "tags",
  description: "lists the entries that have a tag, the newest first",
  notes: `It lists what "clear --tag" of the same tag removes: with "*" all entries of the namespace.`,
  declare: (command) =>
    withLimit(command.argument("<tag>", 'a tag; "*" stands for every entry')),
  run: async (call) => {
    const { argument: tag, flags, output } = call
    return withTarget(call, async (database) => {
      const { namespace } = database
      const isAll = tag === EVERYTHING
      const listed = isAll
        ? await findAll(database, "newest", flags.limit)
        : await findTagged(database, tag, flags.limit)
      return {
        json: { tag, namespace, ...listed },
        text: isAll
          ? allAsText(listed, "newest", namespace, output.width)
          : taggedAsText(listed, tag, output.width),
      }
    })
  },
}

async function findAll(
  database: Database,
  order: Order,
  limit: number
): Promise<Listed> {
  const { namespace } = database
  const rows = await database.run<Entry>(LISTS[order], [namespace, limit])
  return listedOf(rows, await database.count(countNamespace, [namespace]))
}

async function findTagged(
  database: Database,
  tag: string,
  limit: number
): Promise<Listed> {
  const which = [database.namespace, [database.tagDigest(tag)]]
  const rows = await database.run<Entry>(listTagged, [...which, limit])
  return listedOf(rows, await database.count(countTagged, [...which, false]))
}

/** @param counted by a later statement, before which entries may have been removed */
function listedOf(rows: readonly Entry[], counted: number): Listed {
  return { total: Math.max(counted, rows.length), entries: readKeys(rows) }
}

function allAsText(
  listed: Listed,
  order: Order,
  namespace: string,
  width: number | undefined
): string[] {
  const total = count(listed.total, "entry", "entries")
  return listed.total === 0
    ? [`No entries in namespace "${namespace}".`]
    : asText(listed, order, `${total} in namespace "${namespace}"`, width)
}

function taggedAsText(
  listed: Listed,
  tag: string,
  width: number | undefined
): string[] {
  const total = count(listed.total, "entry has", "entries have")
  return listed.total === 0
    ? [`No entry has the tag ${quotable(tag)}.`]
    : asText(listed, "newest", `${total} the tag ${quotable(tag)}`, width)
}

function asText(
  { total, entries }: Listed,
  order: Order,
  summary: string,
  width: number | undefined
): string[] {
  const shown =
    entries.length < total ? `; these are the ${order} ${entries.length}` : ""
  return [...entryTable(entries, width), "", `${summary}${shown}.`]
}

function withLimit(command: Command): Command {
  const readLimit = (value: string) => {
    const limit = Number(value)
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new InvalidArgumentError("Allowed: a whole number, 1 or more.")
    }
    return limit
  }
  const text = "how many entries at most"
  return command.option("--limit <number>", text, readLimit, DEFAULT_LIMIT)
}
