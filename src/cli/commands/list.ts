import { type Command, InvalidArgumentError } from "commander"
import type { Database } from "../database"
import { type Entry, entryTable, readKeys } from "../entries"
import { usageError } from "../errors"
import { count, quotable } from "../format"
import type { CacheCommand, Call } from "../command"
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
    const { oldest, largest } = call.flags
    if (oldest && largest) {
      throw usageError("give one of --oldest and --largest")
    }
    const order = oldest ? "oldest" : largest ? "largest" : "newest"
    return withTarget(call, async (database) => {
      const { page, text } = await readPage(call, database, order)
      return { json: { namespace: database.namespace, order, ...page }, text }
    })
  },
}

export const tags: CacheCommand<Flags> = {
  name: "tags",
  description: "lists the entries that have a tag, the newest first",
  notes: `It lists what "clear --tag" of the same tag removes: with "*" all entries of the namespace.`,
  declare: (command) =>
    addLimit(command.argument("<tag>", 'a tag; "*" stands for every entry')),
  run: (call) =>
    withTarget(call, async (database) => {
      const { namespace } = database
      const { argument: tag } = call
      const { page, text } = await readPage(call, database, "newest", tag)
      return { json: { tag, namespace, ...page }, text }
    }),
}

/** @param tag that the entries have; by default, and with "*", all entries are read */
async function readPage(
  { flags: { limit }, output }: Call<Flags>,
  database: Database,
  order: Order,
  tag = EVERYTHING
): Promise<{ page: Page; text: string[] }> {
  const { namespace } = database
  const isAll = tag === EVERYTHING
  const digests = [database.tagDigest(tag)]
  const rows = isAll
    ? await database.run<Entry>(LISTS[order], [namespace, limit])
    : await database.run<Entry>(listTagged, [namespace, limit, digests])
  const counted = isAll
    ? await database.count(countNamespace, [namespace])
    : await database.count(countTagged, [namespace, false, digests])
  // Entries may be removed between the two queries.
  const total = Math.max(counted, rows.length)
  const page = { total, entries: readKeys(rows) }
  const [none, one, many, where] = isAll
    ? ["No entries", "entry", "entries", `in namespace "${namespace}"`]
    : ["No entry has", "entry has", "entries have", `the tag ${quotable(tag)}`]
  if (total === 0) {
    return { page, text: [`${none} ${where}.`] }
  }
  const shown =
    rows.length < total ? `; these are the ${order} ${rows.length}` : ""
  const summary = `${count(total, one, many)} ${where}${shown}.`
  return {
    page,
    text: [...entryTable(page.entries, output.width), "", summary],
  }
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
