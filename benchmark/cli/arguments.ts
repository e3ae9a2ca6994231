import { parse, UsageError } from "../../integration-tests/support/run-tool"
import { OPERATIONS, type OperationName } from "../operations"
import { PROVIDERS, type ProviderName } from "../providers"
import type { Selection } from "../run/plan"
import { WORKLOADS, type Workload } from "../workloads"

export const USAGE = `usage: npm run bench -- [--quick] [--only NAMES] [--rounds N] [--json FILE] [--markdown FILE] [--plot FOLDER]

  --quick          short measurements, one process, no growth: ends within 3 minutes
  --only NAMES     only these workloads, operations or providers, separated by commas; can be repeated
                     workloads:  ${WORKLOADS.join(", ")}
                     operations: ${OPERATIONS.join(", ")}
                     providers:  ${PROVIDERS.join(", ")}
  --rounds N       how often the providers take turns in each measurement (default 5)
  --json FILE      writes the results
  --markdown FILE  writes them as a page of the documentation
  --plot FOLDER    draws charts (SVG)

DATABASE_URL and REDIS_URL name servers to use instead of starting some. Redis needs a redis-server on the PATH.`

export interface Arguments {
  readonly help: boolean
  readonly quick: boolean
  readonly rounds: number
  readonly selection: Selection
  readonly json?: string
  readonly markdown?: string
  readonly plot?: string
}

export function readArguments(args: string[]): Arguments {
  const { help, quick, rounds, only, json, markdown, plot } = parse(args, {
    help: { type: "boolean", short: "h" },
    quick: { type: "boolean" },
    only: { type: "string", multiple: true },
    rounds: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
    plot: { type: "string" },
  })
  return {
    help: help ?? false,
    quick: quick ?? false,
    rounds: readRounds(rounds),
    selection: readSelection(only ?? []),
    json,
    markdown,
    plot,
  }
}

export function readRounds(value = "5"): number {
  const rounds = Number(value)
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new UsageError(`--rounds: got "${value}", allowed: 1 or more`)
  }
  return rounds
}

function readSelection(only: string[]): Selection {
  const names = only.flatMap((value) => value.split(",")).filter(Boolean)
  const known: readonly string[] = [...WORKLOADS, ...OPERATIONS, ...PROVIDERS]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new UsageError(
      `--only: got "${unknown}", allowed: ${known.join(", ")}`
    )
  }
  return {
    workloads: pick<Workload>(WORKLOADS, names),
    operations: pick<OperationName>(OPERATIONS, names),
    providers: pick<ProviderName>(PROVIDERS, names),
  }
}

function pick<T extends string>(all: readonly T[], names: string[]): T[] {
  return all.filter((name) => names.includes(name))
}
