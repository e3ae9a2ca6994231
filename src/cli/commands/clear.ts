import { Database } from "../../inspect/database"
import { countEntries, keyOf, type Selection } from "../../inspect/entries"
import { OperatorError } from "../../inspect/errors"
import { withProvider } from "../../inspect/lend"
import { EVERYTHING } from "../../types"
import {
  type CacheCommand,
  checkNamespace,
  placeInWords,
  resolveTarget,
} from "../command"
import { usageError } from "../errors"
import { count, quotable } from "../format"
import { confirm } from "../output"

interface Flags {
  readonly key?: string
  readonly tag?: string[]
  readonly all?: boolean
  readonly autoInvalidate?: boolean
  readonly yes?: boolean
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
        "nothing was cleared: stdin is not a terminal, so it cannot ask; --yes clears everything without asking"
      )
    }
    return Database.with(await resolveTarget(flags), async (database) => {
      // No error, since scripts clear namespaces that may be empty.
      await checkNamespace(database, output, false)
      const selection =
        flags.key === undefined
          ? { tags: isAll(flags) ? [EVERYTHING] : flags.tag }
          : { key: await keyOf(database, flags.key) }
      const { autoInvalidate } = flags
      const matched = await countEntries(database, selection, autoInvalidate)
      const entries = count(matched, "entry", "entries")
      if (mustAsk) {
        const question = `Remove ${entries}, everything in ${placeInWords(database)}?`
        if (!(await confirm(question, process.stdin, process.stderr))) {
          throw new OperatorError("nothing was cleared")
        }
      }
      await clearSelected(database, selection, flags)
      return {
        json: { namespace: database.namespace, matched },
        text: [`Cleared ${entries} ${inWords(selection)}.`],
      }
    })
  },
}

function isAll({ all = false, tag = [] }: Flags): boolean {
  return all || tag.includes(EVERYTHING)
}

/** @throws {OperatorError} unless the flags select in exactly one way */
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

/** Goes after the number of entries. */
function inWords({ key, tags = [] }: Selection): string {
  if (key !== undefined) {
    return `of key ${quotable(key)}`
  }
  if (tags.includes(EVERYTHING)) {
    return "of the whole namespace"
  }
  const any = tags.length === 1 ? "the tag" : "any of the tags"
  return `with ${any} ${tags.map(quotable).join(", ")}`
}

async function clearSelected(
  database: Database,
  selection: Selection,
  { autoInvalidate }: Flags
): Promise<void> {
  await withProvider(database, async (provider, warnings) => {
    await provider.clear({
      ...selection,
      ...(autoInvalidate && { options: { autoInvalidate } }),
    })
    // A large clear removes most entries after the call.
    await provider.idle()
    // The provider keeps a failed clear pending, but this process ends.
    if (warnings.length > 0) {
      throw new OperatorError(
        `the clear failed, and may have removed a part: ${warnings.at(-1)}`
      )
    }
  })
}
