import type { Command } from "commander"
import { asJson, type Output } from "./output"

/** Names the cache that a command is about. */
export interface TargetFlags {
  readonly databaseUrl?: string
  readonly schema?: string
  readonly namespace?: string
  readonly provider?: string
}

/** A command as its file in `commands` declares it. */
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

interface Answer {
  /** What `--json` prints. */
  readonly json: unknown
  /** The lines that are printed without `--json`. */
  readonly text: readonly string[]
  readonly exitCode?: number
}

/** Adds a command with the options that all commands have. */
export function addCommand(
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
