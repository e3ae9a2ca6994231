import type { Cleanup } from "../../integration-tests/support/cleanup"
import type { Arguments } from "../cli/arguments"
import type { Progress } from "../cli/progress"
import { PROVIDERS, type ProviderName } from "../providers"
import { describeEnvironment, type Environment } from "../report/environment"
import { Servers } from "../servers/servers"
import { hasTrace } from "../trace/format"
import { entriesOf, isGrowth, type Cell } from "./cell"
import { Groups } from "./groups"
import { planCells } from "./plan"
import { ProviderGroup, type Timing } from "./provider-group"
import type { DetailedResult } from "./result"
import { measureCell, warmUp } from "./rounds"

const QUICK: Timing = {
  milliseconds: 80,
  warmUpMilliseconds: 20,
  traceCalls: 800,
  singleClears: 200,
  invalidations: 20,
  clears: 1,
}
const FULL: Timing = {
  milliseconds: 250,
  warmUpMilliseconds: 50,
  traceCalls: Infinity,
  singleClears: 200,
  invalidations: 100,
  clears: 1,
}

export interface Results {
  readonly environment: Environment
  readonly cells: DetailedResult[]
}

/** Starts what is needed and measures everything that the arguments ask for. */
export async function runBenchmark(
  { selection, quick, rounds }: Arguments,
  progress: Progress,
  cleanup: Cleanup
): Promise<Results> {
  const say = (line: string) => progress.say(line)
  const servers = await Servers.start(cleanup, say)
  const plan = planCells({
    selection,
    quick,
    withRedis: servers.redisVersion !== undefined,
    withTrace: hasTrace(),
  })
  const timing = quick ? QUICK : FULL
  const groups = groupsOf(plan, servers, cleanup, say)

  for (const cell of warmUpCells(plan)) {
    say(`warming up, ${cell.concurrency} at once`)
    await warmUp(cell, groups, timing)
  }
  const cells: DetailedResult[] = []
  for (const [index, cell] of plan.entries()) {
    progress.begin(cell, index + 1, plan.length)
    const results = await measureCell(cell, groups, rounds, timing)
    progress.end(results)
    cells.push(...results)
  }
  return {
    environment: await describeEnvironment(
      servers.shopUrl,
      servers.redisVersion
    ),
    cells,
  }
}

function groupsOf(
  plan: readonly Cell[],
  servers: Servers,
  cleanup: Cleanup,
  say: (line: string) => void
): Groups {
  const mostOf = (name: ProviderName) =>
    Math.max(
      ...plan
        .filter((cell) => hasContender(cell, name))
        .map((cell) => cell.processes)
    )
  return new Groups(async (provider, name) => {
    say(`starting ${name}`)
    const url = await servers.urlFor(provider)
    // A grown cache is measured with one process.
    const processes = name === provider ? mostOf(provider) : 1
    return await ProviderGroup.start(
      { provider, name, url, shopUrl: servers.shopUrl },
      processes,
      (end) => cleanup.add(end),
      say
    )
  })
}

function hasContender(cell: Cell, name: ProviderName): boolean {
  return cell.contenders.some(({ provider }) => provider === name)
}

/** With the caches that the plan works with, but for the grown ones. */
function warmUpCells(plan: readonly Cell[]): Cell[] {
  const entries = entriesOf("get-hit")
  const contenders = plan.flatMap((cell) =>
    cell.contenders.filter((contender) => !isGrowth(contender))
  )
  const cell = {
    workload: "page",
    operation: "get-hit",
    processes: 1,
    contenders: PROVIDERS.filter((name) =>
      contenders.some(({ provider }) => provider === name)
    ).map((provider) => ({ provider, operation: "get-hit", entries }) as const),
  } as const
  return [1, 32].map((concurrency) => ({ ...cell, concurrency }))
}
