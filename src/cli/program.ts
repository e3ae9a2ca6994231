import { Command } from "commander"
import { packageVersion } from "../package-version"
import { clear } from "./commands/clear"
import { doctor } from "./commands/doctor"
import { get } from "./commands/get"
import { list, tags } from "./commands/list"
import { stats } from "./commands/stats"
import { sweep } from "./commands/sweep"
import { asJson, type Output } from "./output"
import type { TargetFlags } from "./target"

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

export interface CacheCommand<Flags = object> {
  readonly name: string
  readonly description: string
  /** More help, after the options. */
  readonly notes?: string
  /** Declares the command's own arguments and options. */
  readonly declare?: (command: Command) => void
  readonly run: (call: Call<Flags>) => Promise<Answer>
}

export interface Call<Flags = object> {
  /** The command's argument, "" if it takes none. */
  readonly argument: string
  readonly flags: Flags & TargetFlags
  readonly output: Output
}

export interface Answer {
  /** What `--json` prints. */
  readonly json: unknown
  /** The lines that are printed without `--json`. */
  readonly text: readonly string[]
  readonly exitCode?: number
}

export function createProgram(output: Output): Command {
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
  for (const command of [stats, list, get, tags, clear, sweep, doctor]) {
    addCommand(program, command as CacheCommand, output)
  }
  return program
}

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
      const answer = await run({ argument, flags, output })
      output.print(json ? asJson(answer.json) : answer.text)
      process.exitCode = answer.exitCode
    })
}
