import type { Logger } from "@medusajs/framework/types"

function complain(message: unknown): void {
  process.stderr.write(`${String(message)}\n`)
}

/** Shows complaints only: a provider that complains is not measured as it should be. */
export const quietLogger = {
  info() {},
  debug() {},
  warn: complain,
  error: complain,
} as unknown as Logger
