import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Cleanup } from "../../integration-tests/support/cleanup"
import { WorkerProcess } from "../../integration-tests/support/worker-process"
import { count } from "../../src/cli/format"
import { isShared } from "../providers"
import type { Servers } from "../servers/servers"
import { CONTENDERS, type Contender, PROCESSES, type Scene } from "./contenders"
import { CALLERS, type Orders } from "./messages"
import type { Result, Round } from "./result"

const WORKER = path.join(__dirname, "worker.ts")
/** What takes turns. */
const SERIES: readonly (readonly Scene[])[] = [["cleared"], ["expired", "live"]]
const ARRIVING_MS = 100
/** Until all processes know when the first caller comes. */
const NOTICE_MS = 50
const LONG_TTL_SECONDS = 3_600
const SHORT_TTL_SECONDS = 1
const PAST_SHORT_TTL_MS = 1_200

type Say = (line: string) => void

/** Measures all contenders for which there is a server, those of each series in turns. */
export async function measureStampedes(
  servers: Servers,
  rounds: number,
  cleanup: Cleanup,
  say: Say
): Promise<Result[]> {
  const results: Result[] = []
  for (const scenes of SERIES) {
    const contenders = CONTENDERS.filter(
      ({ scene, provider }) =>
        scenes.includes(scene) &&
        (provider !== "redis" || servers.redisVersion !== undefined)
    )
    say(`${scenes.join(" and ")}: starting ${contenders.length} shops`)
    const shops: Shop[] = []
    for (const contender of contenders) {
      shops.push(await Shop.start(contender, servers, cleanup))
    }
    // The first time, code is compiled and nothing is known about loads.
    for (let round = 0; round <= rounds; round++) {
      for (const shop of shops) {
        await shop.play(round)
      }
      const loads = shops.map((shop) => shop.lastLoads)
      say(
        `  ${round === 0 ? "warm-up" : `round ${round}`}: ${loads.join(", ")}`
      )
    }
    await Promise.all(shops.map((shop) => shop.end()))
    results.push(...shops.map((shop) => shop.result))
  }
  return results
}

/** The processes of a shop with one of the caches. */
class Shop {
  private readonly rounds: Round[] = []

  private constructor(
    private readonly contender: Contender,
    private readonly workers: readonly WorkerProcess<Orders>[]
  ) {}

  static async start(
    contender: Contender,
    servers: Servers,
    cleanup: Cleanup
  ): Promise<Shop> {
    const { provider, options } = contender
    const url = await servers.urlFor(provider)
    const assignment = { provider, options, url, shopUrl: servers.shopUrl }
    const onSpawned = (end: () => Promise<void>) => cleanup.add(end)
    const workers = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        WorkerProcess.start<Orders>(WORKER, assignment, { onSpawned })
      )
    )
    return new Shop(contender, workers)
  }

  get result(): Result {
    const [, ...rounds] = this.rounds
    return { contender: this.contender, rounds }
  }

  get lastLoads(): string {
    return `${this.contender.name}: ${count(this.rounds.at(-1)!.loads, "load")}`
  }

  /** Has all callers come to a list that was just cleared, whose TTL has just ended, or that is there. */
  async play(round: number): Promise<void> {
    const { scene } = this.contender
    await this.all((worker) => worker.ask("open", {}))
    const ttl = scene === "expired" ? SHORT_TTL_SECONDS : LONG_TTL_SECONDS
    await this.eachCache(round, (worker) => worker.ask("store", { ttl }))
    if (scene === "cleared") {
      await this.eachCache(round + 1, (worker) => worker.ask("clear", {}))
    } else if (scene === "expired") {
      await sleep(PAST_SHORT_TTL_MS)
    }
    const crowd = {
      callers: CALLERS,
      within: ARRIVING_MS,
      at: Date.now() + NOTICE_MS,
    }
    const visits = await this.all((worker) => worker.ask("visit", crowd))
    this.rounds.push({
      loads: visits.reduce((sum, { loads }) => sum + loads, 0),
      times: visits.flatMap(({ times }) => times),
    })
  }

  async end(): Promise<void> {
    // The server may be somebody's own.
    await this.eachCache(0, (worker) => worker.ask("empty", {}))
    await this.all((worker) => worker.end())
  }

  private all<T>(
    work: (worker: WorkerProcess<Orders>) => Promise<T>
  ): Promise<T[]> {
    return Promise.all(this.workers.map(work))
  }

  /** Where the processes share a cache, one of them does it for all. */
  private async eachCache(
    turn: number,
    work: (worker: WorkerProcess<Orders>) => Promise<void>
  ): Promise<void> {
    const one = this.workers[turn % this.workers.length]!
    const { provider } = this.contender
    await (isShared(provider) ? work(one) : this.all(work))
  }
}
