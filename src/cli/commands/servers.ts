import { withServers } from "../../inspect/lend"
import { messageOf } from "../../log"
import type { ServerReply } from "../../servers"
import { type CacheCommand, resolveTarget } from "../command"
import { usageError } from "../errors"
import { table } from "../format"

interface Flags {
  readonly use?: string[]
  readonly gone?: string[]
}

export const servers: CacheCommand<Flags> = {
  name: "servers",
  description: "shows or changes which servers hold the keys",
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
      const replies = await list.ask()
      const used = changed && `${changed.names.join(", ")} hold the keys now.`
      return {
        json: { servers: replies.map(asFacts) },
        text: [
          ...(used ? [used, ""] : []),
          ...serversAsTable(replies, output.width),
        ],
      }
    })
  },
}

function names(text: string): string[] {
  return text.split(",").map((name) => name.trim())
}

function asFacts({ name, record, error }: ServerReply) {
  const list = record && {
    calls: record.name,
    generation: record.generation,
    names: record.names,
    next: record.next,
  }
  return { name, ...list, error: (error as Error | undefined)?.message }
}

export function serversAsTable(
  replies: readonly ServerReply[],
  width?: number
): string[] {
  const lines = table(
    ["Server", "Generation", "Hold the keys", "Will hold them"],
    replies.map(({ name, record, error }) =>
      record
        ? [
            record.name === name
              ? name
              : `${name} (calls itself ${record.name})`,
            String(record.generation),
            record.names.join(", "),
            record.next?.join(", ") ?? "",
          ]
        : [name, "", error ? "no answer" : "not in use", ""]
    ),
    ["left", "right", "text", "text"],
    width
  )
  for (const { name, error } of replies) {
    lines.push(...(error ? [`${name}: ${messageOf(error)}`] : []))
  }
  return lines
}
