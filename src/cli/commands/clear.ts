import type { ResolvedOptions } from "../../options"
import { confirm } from "../confirm"
import { countSelected } from "../count-selected"
import { Database } from "../database"
import { CommandError } from "../errors"
import { count } from "../format"
import { keyOfArgument } from "../key-argument"
import { checkNamespace } from "../namespaces"
import type { Program } from "../program"
import { withProvider } from "../provider"
import {
  describeSelection,
  readSelection,
  type Selection,
  type SelectionFlags,
} from "../selection"
import { describeTarget, resolveTarget } from "../target"
import { type TargetFlags, withJson, withTarget } from "../target-options"

type Flags = TargetFlags & SelectionFlags & { yes?: boolean; json?: boolean }

const NOTES = `
The number it says is counted just before: entries that are set in that moment go, too.

Examples:

  $ npx medusa-caching-postgres clear --key "my key"
  $ npx medusa-caching-postgres clear --tag Product:prod_1 --tag Product:list:*
  $ npx medusa-caching-postgres clear --all --yes`

export function addClear({ command, output }: Program): void {
  const clear = command("clear")
    .description("removes entries, now and with all their rows")
    .option("--key <key>", "the entry of this key")
    .option(
      "--tag <tag>",
      'every entry with this tag; may be repeated; "*" equals --all',
      (tag: string, others: string[] = []) => [...others, tag]
    )
    .option("--all", "everything in the namespace")
    .option(
      "--auto-invalidate",
      "spare entries that were set with autoInvalidate: false"
    )
    .option("--yes", "do not ask before everything goes")
    .addHelpText("after", NOTES)
  withJson(withTarget(clear)).action(async (flags: Flags) => {
    let selection = readSelection(flags)
    const mustAsk = selection.kind === "all" && !flags.yes
    if (mustAsk && !process.stdin.isTTY) {
      throw new CommandError(
        "nothing was cleared: there is no terminal to ask at; --yes clears everything without asking",
        { code: "usage" }
      )
    }
    const options = await resolveTarget(flags)
    const autoOnly = flags.autoInvalidate ?? false
    const matched = await Database.with(options, async (database) => {
      const { namespace } = options
      // Only noted: scripts clear namespaces that may be empty.
      await checkNamespace(database, options, output.note, false)
      if (selection.kind === "key") {
        const key = await keyOfArgument(database, namespace, selection.key)
        selection = { kind: "key", key }
      }
      return countSelected(database, namespace, selection, autoOnly)
    })
    if (mustAsk) {
      await requireConsent(matched, options)
    }
    await clearSelected(options, selection, autoOnly)
    if (flags.json) {
      output.json({ namespace: options.namespace, matched })
    } else {
      output.print(
        `Cleared ${count(matched, "entry", "entries")} ${describeSelection(selection)}.`
      )
    }
  })
}

async function requireConsent(
  matched: number,
  options: ResolvedOptions
): Promise<void> {
  const question = `Remove ${count(matched, "entry", "entries")}, everything in ${describeTarget(options)}?`
  if (!(await confirm(question, process.stdin, process.stderr))) {
    throw new CommandError("nothing was cleared")
  }
}

async function clearSelected(
  options: ResolvedOptions,
  selection: Selection,
  autoOnly: boolean
): Promise<void> {
  await withProvider(options, async (provider, logger) => {
    await provider.clear({
      ...(selection.kind === "key" && { key: selection.key }),
      ...(selection.kind === "tags" && { tags: [...selection.tags] }),
      ...(selection.kind === "all" && { tags: ["*"] }),
      ...(autoOnly && { options: { autoInvalidate: true } }),
    })
    // Of many entries most are removed after the call.
    await provider.idle()
    // A clear that fails is put off, to be carried out later; this process will not be there.
    if (logger.warnings.length > 0) {
      throw new CommandError(
        `the clear failed, and may have removed a part: ${logger.cause}`
      )
    }
  })
}
