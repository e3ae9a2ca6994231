import { withServers } from "../../inspect/lend"
import type { Answer } from "../../servers"
import { type CacheCommand, resolveTarget } from "../command"
import { usageError } from "../errors"
import { table } from "../format"

interface Flags {
  readonly use?: string[]
  readonly gone?: string[]
}

export const servers: CacheCommand<Flags> = {
  name: "servers",
  description: "shows which servers hold the keys, and changes it",
  notes: `For a cache on several servers (option database.servers). A change takes some seconds, while the shop runs. Every process
of the shop must know the servers of the new list before; docs/scaling.md has the steps.

Examples:

  $ npx medusa-caching-postgres servers
  $ npx medusa-caching-postgres servers --use a,b,c
  $ npx medusa-caching-postgres servers --use a,b --gone c`,
  declare: (command) =>
    command
      .option("--use <names>", "the servers that are to hold the keys", names)
      .option(
        "--gone <names>",
        "with --use: servers that are gone for good and cannot be told",
        names
      ),
  run: async ({ flags, output }) => {
    const options = await resolveTarget(flags)
    if (options.servers.length === 0) {
      throw usageError("the cache has one server: no option database.servers")
    }
    const { use, gone } = flags
    return withServers(options, async (list) => {
      const changed =
        use &&
        (await output.withProgress("changing the list of servers", () =>
          list.use(use, gone)
        ))
      const answers = await list.ask()
      const used = changed && `${changed.names.join(", ")} hold the keys now.`
      return {
        json: { servers: answers.map(asFacts) },
        text: [...(used ? [used, ""] : []), ...asTable(answers)],
      }
    })
  },
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim())
}

function asFacts({ name, said, error }: Answer) {
  const list = said && {
    calls: said.name,
    generation: said.generation,
    names: said.names,
    next: said.next,
  }
  return { name, ...list, error: (error as Error | undefined)?.message }
}

function asTable(answers: readonly Answer[]): string[] {
  return table(
    ["Server", "Generation", "Hold the keys", "Will hold them"],
    answers.map(({ name, said, error }) =>
      said
        ? [
            said.name === name ? name : `${name} (calls itself ${said.name})`,
            String(said.generation),
            said.names.join(", "),
            said.next?.join(", ") ?? "",
          ]
        : [name, "", error ? (error as Error).message : "not in use", ""]
    ),
    ["left", "right", "left", "left"]
  )
}
