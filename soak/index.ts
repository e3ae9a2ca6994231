import { fork, type ChildProcess } from "node:child_process"
import path from "node:path"
import { parseArgs } from "node:util"
import { OwnServer } from "../integration-tests/support/faults/own-server"
import { TcpProxy } from "../integration-tests/support/faults/tcp-proxy"
import { migrate } from "../integration-tests/support/provider/migrate"
import type { Cleanup } from "../benchmark/cli/cleanup"
import { runMain } from "../benchmark/cli/run-main"
import type { Report } from "./worker"

const USAGE = `usage: npm run soak -- [--minutes N] [--round-trip MS] [--cut-every SECONDS]

Two processes use one cache under load for so many minutes (default 2), with a restart of the database and a stall in
the middle. Every get is checked against a model; memory and tables must stop growing after the first third.

--round-trip N   so many milliseconds to the database and back (default 0)
--cut-every N    instead of restart and stall, all connections are lost every N seconds, after a first minute without;
                 the hit rate must stay above half of that minute's`

interface Faults {
  readonly roundTripMs: number
  /** Undefined: a restart and a stall. */
  readonly cutEverySeconds?: number
}

/** How long the hit rate is measured without a fault, where connections are then lost again and again. */
const UNDISTURBED_SECONDS = 60
const LEAST_SHARE_OF_HIT_RATE = 0.5

const NAMES = ["one", "other"] as const
const STALL_MS = 5_000
const LEAST_HIT_RATE = 0.2
/** Growth that measuring cannot tell from none. */
const SLACK = 1.25
const HEAP_SLACK_BYTES = 8 * 1024 * 1024
const TABLES_SLACK_BYTES = 2 * 1024 * 1024

interface Sample {
  readonly second: number
  readonly heapBytes: readonly number[]
  readonly tableBytes: number
}

async function soak(
  seconds: number,
  faults: Faults,
  cleanup: Cleanup
): Promise<string[]> {
  // Autovacuum looks more often than once a minute, as all of this happens faster than in a shop.
  const server = await OwnServer.start({
    settings: { autovacuum_naptime: "5s" },
  })
  cleanup.add(() => server.close())
  const url = await server.createDatabase()
  await migrate("run", { clientUrl: url })
  const proxy = await TcpProxy.to(url)
  cleanup.add(() => proxy.close())
  proxy.delay(faults.roundTripMs / 2)

  const reports = new Map<string, Report>()
  const problems: string[] = []
  for (const [index, name] of NAMES.entries()) {
    const worker = startWorker(name, proxy.url(url), NAMES[1 - index]!)
    cleanup.add(() => end(worker))
    worker.on("message", (report: Report) => {
      reports.set(name, report)
      problems.push(...report.wrong)
    })
    worker.on("exit", (code) => {
      if (code) {
        problems.push(`process ${name} ended with ${code}`)
      }
    })
  }

  const samples: Sample[] = []
  const { cutEverySeconds } = faults
  const undisturbed = new Map<string, Report>()
  const begin = cutEverySeconds ? UNDISTURBED_SECONDS : 0
  for (let second = 1; second <= begin + seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    if (cutEverySeconds) {
      if (second === begin) {
        reports.forEach((report, name) => undisturbed.set(name, report))
      } else if (second > begin && second % cutEverySeconds === 0) {
        proxy.cut()
      }
    } else if (second === Math.floor(seconds * 0.4)) {
      console.log(`${second} s: the database is restarted`)
      await server.restart()
    } else if (second === Math.floor(seconds * 0.55)) {
      console.log(`${second} s: the database stalls for ${STALL_MS / 1000} s`)
      proxy.stall()
      setTimeout(() => void proxy.restore(), STALL_MS)
    }
    const all = [...reports.values()]
    samples.push({
      second,
      heapBytes: all.map((report) => report.heapBytes),
      tableBytes: await tableBytes(server, url),
    })
    if (second % 10 === 0) {
      const gets = all.map(({ gets, hits }) => `${gets} gets, ${hits} hits`)
      console.log(`${second} s: ${gets.join("; ")}; ${problems.length} wrong`)
    }
  }
  if (cutEverySeconds) {
    return [
      ...problems,
      ...growthOf(samples),
      ...NAMES.flatMap((name) =>
        lossOfHits(name, undisturbed.get(name), reports.get(name))
      ),
    ]
  }
  const offs = [...reports.values()].map((report) => report.offs)
  if (offs.length < NAMES.length || offs.some((count) => count === 0)) {
    problems.push("the faults were not noticed: nothing was tested")
  }
  for (const { gets, hits } of reports.values()) {
    if (hits < gets * LEAST_HIT_RATE) {
      problems.push(`only ${hits} of ${gets} gets were hits: little was tested`)
    }
  }
  return [...problems, ...growthOf(samples)]
}

/** Compares the hit rate with that of the undisturbed minute. */
function lossOfHits(
  name: string,
  before: Report | undefined,
  all: Report | undefined
): string[] {
  if (!before || !all) {
    return [`process ${name} has not reported`]
  }
  const calm = before.hits / before.gets
  const disturbed = (all.hits - before.hits) / (all.gets - before.gets)
  const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`
  console.log(
    `process ${name}: ${percent(calm)} hits undisturbed, ${percent(disturbed)} with connections lost`
  )
  return disturbed > calm * LEAST_SHARE_OF_HIT_RATE
    ? []
    : [`process ${name} hits too rarely with connections lost`]
}

function startWorker(name: string, url: string, other: string): ChildProcess {
  return fork(path.join(__dirname, "worker.ts"), [name, url, other], {
    execArgv: [...process.execArgv, "--expose-gc"],
  })
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode === null) {
    const exited = new Promise((resolve) => worker.once("exit", resolve))
    worker.disconnect()
    await exited
  }
}

async function tableBytes(server: OwnServer, url: string): Promise<number> {
  const [row] = await server.sql<{ bytes: string }>(
    `select sum(pg_total_relation_size(oid)) as bytes from pg_class
     where relname like 'caching\\_postgres\\_entry%' and relkind = 'r'`,
    url
  )
  return Number(row!.bytes)
}

/** What still grows after the first third: the greatest of the last third against the greatest of the second. */
function growthOf(samples: readonly Sample[]): string[] {
  const third = Math.floor(samples.length / 3)
  const growth = (
    what: string,
    of: (sample: Sample) => number,
    slack: number
  ) => {
    const most = (part: readonly Sample[]) => Math.max(...part.map(of))
    const before = most(samples.slice(third, 2 * third))
    const after = most(samples.slice(2 * third))
    const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`
    console.log(
      `${what}: at most ${megabytes(before)} in the second third, ${megabytes(after)} in the last`
    )
    return after > before * SLACK + slack ? [`${what} grows`] : []
  }
  return [
    ...NAMES.flatMap((name, index) =>
      growth(
        `memory of process ${name}`,
        (sample) => sample.heapBytes[index] ?? 0,
        HEAP_SLACK_BYTES
      )
    ),
    ...growth("tables", (sample) => sample.tableBytes, TABLES_SLACK_BYTES),
  ]
}

async function main(cleanup: Cleanup): Promise<number> {
  const { help, ...given } = parseArgs({
    options: {
      minutes: { type: "string", default: "2" },
      "round-trip": { type: "string", default: "0" },
      "cut-every": { type: "string" },
      help: { type: "boolean" },
    },
  }).values
  const wrong = Object.entries({
    minutes: 0.5,
    "round-trip": 0,
    "cut-every": 1,
  } as const).find(
    ([name, least]) =>
      given[name as keyof typeof given] !== undefined &&
      !(Number(given[name as keyof typeof given]) >= least)
  )
  if (help || wrong) {
    console.log(
      wrong
        ? `--${wrong[0]} must be a number from ${wrong[1]}, got ${given[wrong[0] as keyof typeof given]}\n\n${USAGE}`
        : USAGE
    )
    return help ? 0 : 2
  }
  const faults = {
    roundTripMs: Number(given["round-trip"]),
    cutEverySeconds: given["cut-every"]
      ? Number(given["cut-every"])
      : undefined,
  }
  const problems = await soak(Number(given.minutes) * 60, faults, cleanup)
  problems.slice(0, 20).forEach((problem) => console.error(problem))
  console.log(
    problems.length === 0
      ? "no wrong value, and nothing that grows"
      : `${problems.length} problems`
  )
  return problems.length === 0 ? 0 : 1
}

void runMain(main)
