import { parseArgs } from "node:util"

export const USAGE = `usage: npm run hammer -- [--seconds N] [--processes N] [--near-cache] [--bound MS]

Processes read through a cache, change the source and clear, with as many races between them as can be had. Then
every key is compared with the source. The Redis provider does the same work.

  --seconds N    for each provider (default 60)
  --processes N  each with four readers and a writer (default 4)
  --near-cache   the PostgreSQL provider keeps entries in its own memory, too
  --bound MS     so long after a clear other processes may serve what it has removed (default 0)

DATABASE_URL and REDIS_URL name servers to use instead of starting some. Redis needs a redis-server on the PATH.
Exits with 1 when the PostgreSQL provider has served or kept anything stale.`

export interface Arguments {
  readonly help: boolean
  readonly seconds: number
  readonly processes: number
  readonly nearCache: boolean
  readonly boundMs: number
}

/** @throws for what is wrong with the command line */
export function readArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: "boolean", short: "h" },
      seconds: { type: "string" },
      processes: { type: "string" },
      "near-cache": { type: "boolean" },
      bound: { type: "string" },
    },
  })
  return {
    help: values.help ?? false,
    seconds: readNumber("seconds", values.seconds ?? "60", 1),
    processes: readNumber("processes", values.processes ?? "4", 1),
    nearCache: values["near-cache"] ?? false,
    boundMs: readNumber("bound", values.bound ?? "0", 0),
  }
}

function readNumber(name: string, value: string, least: number): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < least) {
    throw new Error(
      `--${name}: got "${value}", allowed: whole numbers from ${least}`
    )
  }
  return number
}
