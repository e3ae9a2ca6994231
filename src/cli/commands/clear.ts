import type { ResolvedOptions } from "../../options"
import { Database } from "../database"
import { keyOfArgument } from "../entries"
import { CommandError, UsageError } from "../errors"
import { count, quotable } from "../format"
import { confirm } from "../output"
import type { CacheCommand } from "../program"
import { withProvider } from "../provider"
import { countKeyed, countNamespace, countTagged } from "../sql/entries"
import { describeTarget, resolveTarget } from "../target"

/** The tag that stands for the whole namespace. */
export const EVERYTHING = "*"

interface Flags {
  readonly key?: string
  readonly tag?: string[]
  readonly all?: boolean
  readonly autoInvalidate?: boolean
  readonly yes?: boolean
}

/** What to clear: a key, tags, or the namespace. */
type Selection = { key: string } | { tags: string[] } | "all"

export const clear: CacheCommand<Flags> = {
  name: "clear",
  description: "removes entries and says how many",
  notes: `The entries are counted just before they are removed: entries that are set meanwhile are removed, too.

Examples:

  $ npx medusa-caching-postgres clear --key "my key"
  $ npx medusa-caching-postgres clear --tag Product:prod_1 --tag Product:list:*
  $ npx medusa-caching-postgres clear --all --yes`,
  declare: (command) =>
    command
      .option("--key <key>", "the entry of this key")
      .option(
        "--tag <tag>",
        'every entry with this tag; may be repeated; "*" equals --all',
        (tag: string, others: string[] = []) => [...others, tag]
      )
      .option("--all", "every entry of the namespace")
      .option(
        "--auto-invalidate",
        "keep exempt entries: those set with autoInvalidate: false"
      )
      .option("--yes", "with --all: do not ask"),
  run: async ({ flags, output }) => {
    let selection = readSelection(flags)
    const mustAsk = selection === "all" && !flags.yes
    if (mustAsk && !process.stdin.isTTY) {
      throw new UsageError(
        "nothing was cleared: there is no terminal to ask at; --yes clears everything without asking"
      )
    }
    const autoOnly = flags.autoInvalidate ?? false
    const options = await resolveTarget(flags)
    const matched = await Database.with(options, async (database) => {
      // No error, since scripts clear namespaces that may be empty.
      await database.checkNamespace(output.note, false)
      if (typeof selection === "object" && "key" in selection) {
        selection = { key: await keyOfArgument(database, selection.key) }
      }
      return countSelected(database, selection, autoOnly)
    })
    const entries = count(matched, "entry", "entries")
    if (mustAsk) {
      const question = `Remove ${entries}, everything in ${describeTarget(options)}?`
      if (!(await confirm(question, process.stdin, process.stderr))) {
        throw new CommandError("nothing was cleared")
      }
    }
    await clearSelected(options, selection, autoOnly)
    return {
      json: { namespace: options.namespace, matched },
      text: [`Cleared ${entries} ${describeSelection(selection)}.`],
    }
  },
}

/** @throws {CommandError} unless the flags select in exactly one way */
function readSelection({ key, tag, all, autoInvalidate }: Flags): Selection {
  if ([key, tag, all].filter((flag) => flag !== undefined).length !== 1) {
    throw new UsageError(
      "say what to remove by exactly one of --key KEY, --tag TAG (or several) and --all"
    )
  }
  if (key === "") {
    throw new UsageError("--key: no entry has an empty key")
  }
  if (key !== undefined) {
    return { key }
  }
  if (tag && !tag.includes(EVERYTHING)) {
    return { tags: tag }
  }
  if (autoInvalidate) {
    throw new UsageError(
      `--auto-invalidate keeps exempt entries of a key or tags; --all and --tag "*" keep none`
    )
  }
  return "all"
}

/** How many entries a clear would remove now, expired ones included. */
function countSelected(
  database: Database,
  selection: Selection,
  autoOnly: boolean
): Promise<number> {
  const { namespace } = database
  if (selection === "all") {
    return database.count(countNamespace, [namespace])
  }
  if ("key" in selection) {
    const digest = database.keyDigest(selection.key)
    return database.count(countKeyed, [namespace, digest, autoOnly])
  }
  const digests = selection.tags.map((tag) => database.tagDigest(tag))
  return database.count(countTagged, [namespace, digests, autoOnly])
}

async function clearSelected(
  options: ResolvedOptions,
  selection: Selection,
  autoOnly: boolean
): Promise<void> {
  await withProvider(options, async (provider, warnings) => {
    await provider.clear({
      ...(selection === "all" ? { tags: [EVERYTHING] } : selection),
      ...(autoOnly && { options: { autoInvalidate: true } }),
    })
    // A large clear removes most entries after the call.
    await provider.idle()
    // The provider keeps a failed clear pending, but this process ends.
    if (warnings.length > 0) {
      throw new CommandError(
        `the clear failed, and may have removed a part: ${warnings.at(-1)}`
      )
    }
  })
}

/** Goes after the number of entries. */
function describeSelection(selection: Selection): string {
  if (selection === "all") {
    return "of the whole namespace"
  }
  if ("key" in selection) {
    return `of key ${quotable(selection.key)}`
  }
  const tags = selection.tags.map(quotable)
  return tags.length === 1
    ? `with the tag ${tags[0]}`
    : `with any of the tags ${tags.join(", ")}`
}
