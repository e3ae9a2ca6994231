import { parse } from "../../integration-tests/support/run-tool"
import { readRounds } from "../cli/arguments"

export const USAGE = `usage: npm run bench:stampede -- [--rounds N] [--json FILE]

Four processes with 32 callers each ask for one list, within 100 ms, right after it was cleared or its TTL has ended. It
takes 50 ms to load. Counts the loads, and times the callers.

  --rounds N   how often the caches take turns (default 10)
  --json FILE  writes the results

DATABASE_URL and REDIS_URL name servers to use instead of starting some; PostgreSQL has to allow 200 connections. Redis
needs a redis-server on the PATH. Exits with 1 when the leases did not hold.`

export interface Arguments {
  readonly help: boolean
  readonly rounds: number
  readonly json?: string
}

export function readArguments(args: string[]): Arguments {
  const { help, rounds, json } = parse(args, {
    help: { type: "boolean", short: "h" },
    rounds: { type: "string" },
    json: { type: "string" },
  })
  return { help: help ?? false, rounds: readRounds(rounds ?? "10"), json }
}
