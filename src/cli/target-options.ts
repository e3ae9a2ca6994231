import type { Command } from "commander"

/** Which cache a command is about, as the command line says it. */
export interface TargetFlags {
  readonly databaseUrl?: string
  readonly schema?: string
  readonly namespace?: string
  readonly provider?: string
}

export function withTarget(command: Command): Command {
  return command
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
}

export function withJson(command: Command): Command {
  return command.option("--json", "print JSON")
}
