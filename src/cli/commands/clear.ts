import type { ResolvedOptions } from "../../options"
import { Database } from "../database"
import { keyOfArgument } from "../entries"
import { CommandError, usageError } from "../errors"
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

/** What to clear: a key or tags, of which "*" stands for everything. */
interface Selection {
  readonly key?: string
  readonly tags?: string[]
}

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
    const mustAsk = isAll(selection) && !flags.yes
    if (mustAsk && !process.stdin.isTTY) {
      throw usageError(
        "nothing was cleared: there is no terminal to ask at; --yes clears everything without asking"
      )
    }
    const { autoInvalidate = false } = flags
    const options = await resolveTarget(flags)
    const matched = await Database.with(options, async (database) => {
      // No error, since scripts clear namespaces that may be empty.
      await database.checkNamespace(output.note, false)
      if (selection.key !== undefined) {
        selection = { key: await keyOfArgument(database, selection.key) }
      }
      return countSelected(database, selection, autoInvalidate)
    })
    const entries = count(matched, "entry", "entries")
    const question = `Remove ${entries}, everything in ${describeTarget(options)}?`
    if (mustAsk && !(await confirm(question, process.stdin, process.stderr))) {
      throw new CommandError("nothing was cleared")
    }
    await clearSelected(options, selection, autoInvalidate)
    return {
      json: { namespace: options.namespace, matched },
      text: [`Cleared ${entries} ${describeSelection(selection)}.`],
    }
  },
}

/** @throws {CommandError} unless the flags select in exactly one way */
function readSelection({ key, tag, all, autoInvalidate }: Flags): Selection {
  if ([key, tag, all].filter((flag) => flag !== undefined).length !== 1) {
    throw usageError(
      "say what to remove by exactly one of --key KEY, --tag TAG (or several) and --all"
    )
  }
  if (key === "") {
    throw usageError("--key: no entry has an empty key")
  }
  const tags = tag && !tag.includes(EVERYTHING) ? tag : [EVERYTHING]
  const selection = key === undefined ? { tags } : { key }
  if (autoInvalidate && isAll(selection)) {
    throw usageError(
      `--auto-invalidate keeps exempt entries of a key or tags; --all and --tag "*" keep none`
    )
  }
  return selection
}

function isAll({ tags }: Selection): boolean {
  return tags?.includes(EVERYTHING) ?? false
}

/** How many entries a clear would remove now, expired ones included. */
function countSelected(
  database: Database,
  selection: Selection,
  keepExempt: boolean
): Promise<number> {
  const { namespace } = database
  const { key, tags = [] } = selection
  if (isAll(selection)) {
    return database.count(countNamespace, [namespace])
  }
  if (key !== undefined) {
    const digest = database.keyDigest(key)
    return database.count(countKeyed, [namespace, keepExempt, digest])
  }
  const digests = tags.map((tag) => database.tagDigest(tag))
  return database.count(countTagged, [namespace, keepExempt, digests])
}

async function clearSelected(
  options: ResolvedOptions,
  selection: Selection,
  keepExempt: boolean
): Promise<void> {
  await withProvider(options, async (provider, warnings) => {
    const exempting = keepExempt ? { options: { autoInvalidate: true } } : {}
    await provider.clear({ ...selection, ...exempting })
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
  const { key, tags = [] } = selection
  if (isAll(selection)) {
    return "of the whole namespace"
  }
  return key === undefined
    ? `with ${tags.length === 1 ? "the tag" : "any of the tags"} ${tags.map(quotable).join(", ")}`
    : `of key ${quotable(key)}`
}
