import { execFile } from "node:child_process"
import { join } from "node:path"

const BUILT = join(__dirname, "../../../dist/src/cli/index.js")

/** No shop: there is no medusa-config here. */
const NO_SHOP = __dirname

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** The built command line to run, by default the repository's own. */
  readonly path?: string
}

/** Runs the built command line as a process of its own, without a terminal, to its end. */
export function runCli(
  args: readonly string[],
  { cwd = NO_SHOP, env = {}, path = BUILT }: CliOptions = {}
): Promise<CliResult> {
  // The environment of the tests is not the operator's.
  const { PATH, HOME, TMPDIR } = process.env
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path, ...args],
      { cwd, env: { PATH, HOME, TMPDIR, ...env }, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error ? Number(error.code ?? NaN) : 0
        resolve({ code, stdout, stderr })
      }
    )
    child.stdin!.end()
  })
}
