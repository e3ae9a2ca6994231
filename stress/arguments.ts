import { parse, UsageError } from "../integration-tests/support/run-tool"

export const USAGE = `usage: npm run stress -- [options]

Processes read through a cache, change the source and clear, with as many races between them as can be had. Every answer is
checked, and in the end each key is compared with the source. Memory and tables must not grow after the first third.

  --minutes N     (default 1)
  --processes N   each with four readers, a writer, and three callers with keys of their own (default 4)
  --near-cache    the PostgreSQL provider keeps entries in its own memory, too
  --servers N     the keys are spread over N databases of one server; what cuts or delays connections concerns the first (default 1)
  --lease         one caller of all processes loads a missing key, the others wait; with a grace of a minute
  --bound MS      so long after a clear other processes may serve what it has removed (default 0)

With a fault, what another process has cleared is checked in the end only: its clear may be pending until then.

  --outages       the database is restarted, and stalls, in the middle
  --round-trip MS so many milliseconds to the database and back
  --cut-every N   all connections are lost every N seconds, after a first minute without; the hit rate of each process
                  must stay above half of that minute's

Without a fault the Redis provider does the same work; that needs a redis-server on the PATH. DATABASE_URL and REDIS_URL
name servers to use instead of starting some. Exits with 1 when the PostgreSQL provider did anything wrong.`

export interface Faults {
  readonly outages: boolean
  /** Milliseconds. */
  readonly roundTrip: number
  /** Seconds. */
  readonly cutEvery?: number
}

export interface Arguments {
  readonly help: boolean
  readonly seconds: number
  readonly processes: number
  readonly servers: number
  readonly nearCache: boolean
  readonly lease: boolean
  readonly boundMs: number
  /** Nothing for a database that does not fail. */
  readonly faults?: Faults
}

/** @throws {UsageError} for what is wrong with the command line */
export function readArguments(args: string[]): Arguments {
  const values = parse(args, {
    help: { type: "boolean", short: "h", default: false },
    minutes: { type: "string", default: "1" },
    processes: { type: "string", default: "4" },
    servers: { type: "string", default: "1" },
    "near-cache": { type: "boolean", default: false },
    lease: { type: "boolean", default: false },
    bound: { type: "string", default: "0" },
    outages: { type: "boolean", default: false },
    "round-trip": { type: "string", default: "0" },
    "cut-every": { type: "string" },
  })
  const { outages, "cut-every": cutEvery } = values
  const faults = {
    outages,
    roundTrip: readNumber("round-trip", values["round-trip"], 0),
    ...(cutEvery && { cutEvery: readNumber("cut-every", cutEvery, 1) }),
  }
  return {
    help: values.help,
    seconds: Math.ceil(readNumber("minutes", values.minutes, 0.1) * 60),
    processes: readNumber("processes", values.processes, 1),
    servers: readNumber("servers", values.servers, 1),
    nearCache: values["near-cache"],
    lease: values.lease,
    boundMs: readNumber("bound", values.bound, 0),
    ...((outages || cutEvery || faults.roundTrip > 0) && { faults }),
  }
}

function readNumber(name: string, value: string, least: number): number {
  const number = Number(value)
  if (!(number >= least)) {
    throw new UsageError(
      `--${name}: got "${value}", allowed: numbers from ${least}`
    )
  }
  return number
}
