/**
 * A process that owns a server, for the spec to end in every way: it prints
 * JSON lines about the server, and stops it when a line arrives on stdin.
 */
import { once } from "node:events"
import { startPostgres } from "./index"

export type OwnerLine =
  { progress: string } | { url: string } | { failure: string }

function print(line: OwnerLine) {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function own() {
  const settings = JSON.parse(process.argv[2] ?? "{}") as Record<string, string>
  const server = await startPostgres({
    settings,
    onProgress: (progress) => print({ progress }),
  })
  print({ url: server.url })
  await once(process.stdin, "data")
  await server.stop()
}

own()
  .catch((error: Error) => {
    print({ failure: error.message })
    process.exitCode = 1
  })
  // Nothing but the server itself could keep this process alive from here on.
  .finally(() => process.stdin.destroy())
