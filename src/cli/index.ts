#!/usr/bin/env node
import { Command, CommanderError } from "commander"
import { packageVersion } from "../package-version"
import type { CacheCommand, TargetFlags } from "./command"
import { clear } from "./commands/clear"
import { get, list, tags } from "./commands/entries"
import { servers } from "./commands/servers"
import { stats } from "./commands/stats"
import { doctor, sweep } from "./commands/upkeep"
import { errorFacts } from "./errors"
import { asJson, Output } from "./output"

const EXAMPLES = `
Run it in the shop's folder, where it reads medusa-config, or name the database:

  $ npx medusa-caching-postgres stats
  $ npx medusa-caching-postgres list --largest --limit 10
  $ npx medusa-caching-postgres get "my key"
  $ npx medusa-caching-postgres clear --tag Product:prod_1 --tag Product:list:*
  $ npx medusa-caching-postgres doctor
  $ npx medusa-caching-postgres stats --database-url postgres://user@host/shop --json

A failure is one line on stderr and exit code 1; DEBUG=1 adds where it happened. With --json stdout then
has { "error": { "message": …, "code": … } }.`

/**
 * Runs the command line and ends the process with exit code 0, or 1 with an error on stderr, and with `--json` also
 * `{ "error": … }` on stdout.
 */
async function main(argv: readonly string[]): Promise<void> {
  const output = new Output()
  // The provider's connections do not keep the process alive until its command is done; a timer does.
  setInterval(() => {}, 2 ** 31 - 1)
  try {
    await createProgram(output).parseAsync(argv)
  } catch (error) {
    // Commander also throws after it has printed help, with code 0.
    if (!(error instanceof CommanderError) || error.exitCode !== 0) {
      process.exitCode = 1
      report(error, output, argv.includes("--json"))
    }
  }
  // The shop's configuration may have opened what keeps a process alive.
  output.write("", () => process.exit())
}

function createProgram(output: Output): Command {
  const program = new Command("medusa-caching-postgres")
    .description(
      "Inspects and maintains the cache that medusa-caching-postgres keeps in PostgreSQL."
    )
    .version(packageVersion())
    .exitOverride()
    .addHelpText("after", EXAMPLES)
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => process.stderr.write(text),
    })
  for (const command of [
    stats,
    list,
    get,
    tags,
    clear,
    sweep,
    servers,
    doctor,
  ]) {
    addCommand(program, command as CacheCommand, output)
  }
  return program
}

/** Adds a command with the options that all commands have. */
function addCommand(
  program: Command,
  { name, description, notes, declare, run }: CacheCommand,
  output: Output
): void {
  const command = program.command(name).description(description)
  declare?.(command)
  command
    .option(
      "--database-url <url>",
      "a postgres:// URL, in place of the shop's configuration"
    )
    .option(
      "--schema <name>",
      'with --database-url: the schema of the tables (default: "public")'
    )
    .option(
      "--namespace <name>",
      'with --database-url: the namespace (default: "medusa")'
    )
    .option(
      "--provider <id>",
      "in the shop's folder: the id of the registration, where there are several"
    )
    .option("--json", "print JSON")
    .addHelpText("after", notes ? `\n${notes}` : "")
    .action(async () => {
      const { json, ...flags } = command.opts<TargetFlags & { json?: true }>()
      const [argument = ""] = command.args
      const result = await run({ argument, flags, output })
      output.print(json ? asJson(result.json) : result.text)
      process.exitCode = result.exitCode
    })
}

function report(error: unknown, output: Output, json: boolean): void {
  const facts = errorFacts(error)
  // Commander has printed its own errors.
  if (!(error instanceof CommanderError)) {
    for (const line of facts.message.split("\n")) {
      output.note(`error: ${line}`)
    }
    if (process.env.DEBUG) {
      output.note(error instanceof Error ? (error.stack ?? "") : String(error))
    }
  }
  if (json) {
    output.print(asJson({ error: facts }))
  }
}

void main(process.argv)
