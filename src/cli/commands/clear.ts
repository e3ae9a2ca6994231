import type { ResolvedOptions } from "../../options"
import { Database } from "../database"
import { keyOfArgument } from "../entries"
import { CommandError, usageError } from "../errors"
import { count, quotable } from "../format"
import { confirm } from "../output"
import type { CacheCommand } from "../command"
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

interface Selection {
  /** As the provider takes it. */
  readonly input: { readonly key?: string; readonly tags?: string[] }
  /** How many entries a clear would remove now, expired ones included. */
  readonly matched: number
  /** Goes after the number of entries. */
  readonly text: string
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
    checkFlags(flags)
    const mustAsk = isAll(flags) && !flags.yes
    if (mustAsk && !process.stdin.isTTY) {
      throw usageError(
        "nothing was cleared: there is no terminal to ask at; --yes clears everything without asking"
      )
    }
    const options = await resolveTarget(flags)
    const selection = await Database.with(options, async (database) => {
      // No error, since scripts clear namespaces that may be empty.
      await database.checkNamespace(output.note, false)
      return select(database, flags)
    })
    const { matched, text } = selection
    const entries = count(matched, "entry", "entries")
    const question = `Remove ${entries}, everything in ${describeTarget(options)}?`
    if (mustAsk && !(await confirm(question, process.stdin, process.stderr))) {
      throw new CommandError("nothing was cleared")
    }
    await clearSelected(options, selection, flags)
    return {
      json: { namespace: options.namespace, matched },
      text: [`Cleared ${entries} ${text}.`],
    }
  },
}

function isAll({ all = false, tag = [] }: Flags): boolean {
  return all || tag.includes(EVERYTHING)
}

/** @throws {CommandError} unless the flags select in exactly one way */
function checkFlags(flags: Flags): void {
  const { key, tag, all } = flags
  if ([key, tag, all].filter((flag) => flag !== undefined).length !== 1) {
    throw usageError(
      "say what to remove by exactly one of --key KEY, --tag TAG (or several) and --all"
    )
  }
  if (key === "") {
    throw usageError("--key: no entry has an empty key")
  }
  if (flags.autoInvalidate && isAll(flags)) {
    throw usageError(
      `--auto-invalidate keeps exempt entries of a key or tags; --all and --tag "*" keep none`
    )
  }
}

async function select(database: Database, flags: Flags): Promise<Selection> {
  const { namespace } = database
  const { tag: tags = [], autoInvalidate = false } = flags
  if (isAll(flags)) {
    const matched = await database.count(countNamespace, [namespace])
    const text = "of the whole namespace"
    return { input: { tags: [EVERYTHING] }, matched, text }
  }
  if (flags.key !== undefined) {
    const key = await keyOfArgument(database, flags.key)
    const which = [namespace, autoInvalidate, database.keyDigest(key)]
    const matched = await database.count(countKeyed, which)
    return { input: { key }, matched, text: `of key ${quotable(key)}` }
  }
  const digests = tags.map((tag) => database.tagDigest(tag))
  const which = [namespace, autoInvalidate, digests]
  const matched = await database.count(countTagged, which)
  const any = tags.length === 1 ? "the tag" : "any of the tags"
  const text = `with ${any} ${tags.map(quotable).join(", ")}`
  return { input: { tags }, matched, text }
}

async function clearSelected(
  options: ResolvedOptions,
  { input }: Selection,
  { autoInvalidate }: Flags
): Promise<void> {
  await withProvider(options, async (provider, warnings) => {
    await provider.clear({
      ...input,
      ...(autoInvalidate && { options: { autoInvalidate } }),
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
