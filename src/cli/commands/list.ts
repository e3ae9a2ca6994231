import { type Command, InvalidArgumentError } from "commander"
import type { Database } from "../database"
import { type Entry, entryTable, readKeys } from "../entries"
import { usageError } from "../errors"
import { count, quotable } from "../format"
import type { CacheCommand, Call } from "../program"
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

interface Page {
  readonly total: number
  readonly entries: readonly Entry[]
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
    const { limit, oldest, largest } = call.flags
    if (oldest && largest) {
      throw usageError("give one of --oldest and --largest")
    }
    const order = oldest ? "oldest" : largest ? "largest" : "newest"
    return withTarget(call, async (database) => {
      const page = await readAll(database, order, limit)
      return {
        json: { namespace: database.namespace, order, ...page },
        text: asText(page, order, inNamespace(page, database), call),
      }
    })
  },
}

export const tags: CacheCommand<Flags> = {
  name: "tags",
  description: "lists the entries that have a tag, the newest first",
  notes: `It lists what "clear --tag" of the same tag removes: with "*" all entries of the namespace.`,
  declare: (command) =>
    addLimit(command.argument("<tag>", 'a tag; "*" stands for every entry')),
  run: async (call) =>
    withTarget(call, async (database) => {
      const { argument: tag, flags } = call
      const isAll = tag === EVERYTHING
      const page = isAll
        ? await readAll(database, "newest", flags.limit)
        : await readTagged(database, tag, flags.limit)
      const summary = isAll
        ? inNamespace(page, database)
        : `${page.total === 0 ? "No entry has" : count(page.total, "entry has", "entries have")} the tag ${quotable(tag)}`
      return {
        json: { tag, namespace: database.namespace, ...page },
        text: asText(page, "newest", summary, call),
      }
    }),
}

async function readAll(
  database: Database,
  order: Order,
  limit: number
): Promise<Page> {
  const { namespace } = database
  const rows = await database.run<Entry>(LISTS[order], [namespace, limit])
  return pageOf(rows, await database.count(countNamespace, [namespace]))
}

async function readTagged(
  database: Database,
  tag: string,
  limit: number
): Promise<Page> {
  const { namespace } = database
  const tags = [database.tagDigest(tag)]
  const rows = await database.run<Entry>(listTagged, [namespace, limit, tags])
  const counted = await database.count(countTagged, [namespace, false, tags])
  return pageOf(rows, counted)
}

/** @param counted after the rows were read, so that some may have been removed before */
function pageOf(rows: readonly Entry[], counted: number): Page {
  return { total: Math.max(counted, rows.length), entries: readKeys(rows) }
}

function inNamespace({ total }: Page, { namespace }: Database): string {
  const entries = total === 0 ? "No entries" : count(total, "entry", "entries")
  return `${entries} in namespace "${namespace}"`
}

function asText(
  { total, entries }: Page,
  order: Order,
  summary: string,
  { output }: Call
): string[] {
  if (total === 0) {
    return [`${summary}.`]
  }
  const rest = `; these are the ${order} ${entries.length}`
  const end = entries.length < total ? `${rest}.` : "."
  return [...entryTable(entries, output.width), "", `${summary}${end}`]
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
