import { Command } from "commander"
import { addClear } from "./commands/clear"
import { addDoctor } from "./commands/doctor"
import { addGet } from "./commands/get"
import { addList } from "./commands/list"
import { addStats } from "./commands/stats"
import { addSweep } from "./commands/sweep"
import { addTags } from "./commands/tags"
import { packageVersion } from "../package-version"
import type { Output } from "./output"

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

/** What each command adds itself to. */
export interface Program {
  readonly command: (name: string) => Command
  readonly output: Output
  /** Says with which code the process ends; 0 unless it was called. */
  readonly exitWith: (code: number) => void
}

export function createProgram(
  output: Output,
  exitWith: (code: number) => void
): Command {
  const root = new Command("medusa-caching-postgres")
    .description(
      "Looks into the cache that medusa-caching-postgres keeps in PostgreSQL, and puts it right."
    )
    .version(packageVersion())
    .exitOverride()
    .addHelpText("after", EXAMPLES)
    .configureOutput({
      writeOut: (text) => output.raw(text),
      writeErr: (text) => process.stderr.write(text),
    })
  const program: Program = {
    command: (name) => root.command(name),
    output,
    exitWith,
  }
  addStats(program)
  addList(program)
  addGet(program)
  addTags(program)
  addClear(program)
  addSweep(program)
  addDoctor(program)
  return root
}
