import { spawn } from "node:child_process"
import { once } from "node:events"
import path from "node:path"
import { createInterface } from "node:readline"
import type { OwnerLine } from "./owner"

export interface OwnerProcess {
  readonly pid: number
  /** the first line that has the key; fails when the owner ends without one */
  waitFor(key: "progress" | "url" | "failure"): Promise<string>
  requestStop(): void
  /** for a test that failed half-way */
  kill(): void
  /** the exit code, or the signal that ended it */
  readonly ended: Promise<number | NodeJS.Signals | null>
}

/** Runs owner.ts as the leader of a process group of its own, as a shell runs a command. */
export function startOwner(
  env: NodeJS.ProcessEnv,
  settings: Record<string, string> = {}
): OwnerProcess {
  const script = path.join(__dirname, "owner.ts")
  const child = spawn(
    process.execPath,
    ["--import", "tsx", script, JSON.stringify(settings)],
    { env, detached: true, stdio: ["pipe", "pipe", "inherit"] }
  )
  const lines: OwnerLine[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => lines.push(JSON.parse(line) as OwnerLine))
  const ended = once(child, "exit").then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals
  )

  return {
    pid: child.pid ?? Number.NaN,
    ended,
    requestStop: () => child.stdin.end("stop\n"),
    kill: () => child.kill("SIGKILL"),
    async waitFor(key) {
      for (;;) {
        const line = lines.find((candidate) => key in candidate)
        if (line) {
          return (line as Record<string, string>)[key] ?? ""
        }
        await Promise.race([
          once(reader, "line"),
          once(reader, "close").then(() => {
            throw new Error(
              `The owner ended without "${key}": ${JSON.stringify(lines)}`
            )
          }),
        ])
      }
    },
  }
}
