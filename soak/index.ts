import { fork, type ChildProcess } from "node:child_process"
import path from "node:path"
import { parseArgs } from "node:util"
import { OwnServer } from "../integration-tests/support/faults/own-server"
import { TcpProxy } from "../integration-tests/support/faults/tcp-proxy"
import { migrate } from "../integration-tests/support/provider/migrate"
import type { Cleanup } from "../benchmark/cli/cleanup"
import { runMain } from "../benchmark/cli/run-main"
import type { Report } from "./worker"

const USAGE = `usage: npm run soak -- [--minutes N]

Two processes use one cache under load for so many minutes (default 2), with a restart of the database and a stall in
the middle. Every get is checked against a model; memory and tables must stop growing after the first third.`

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

async function soak(seconds: number, cleanup: Cleanup): Promise<string[]> {
  // Autovacuum looks more often than once a minute, as all of this happens faster than in a shop.
  const server = await OwnServer.start({
    settings: { autovacuum_naptime: "5s" },
  })
  cleanup.add(() => server.close())
  const url = await server.createDatabase()
  await migrate("run", { clientUrl: url })
  const proxy = await TcpProxy.to(url)
  cleanup.add(() => proxy.close())

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
  for (let second = 1; second <= seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    if (second === Math.floor(seconds * 0.4)) {
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
  const { minutes, help } = parseArgs({
    options: { minutes: { type: "string" }, help: { type: "boolean" } },
  }).values
  const length = Number(minutes ?? 2)
  if (help || !(length >= 0.5)) {
    console.log(
      help
        ? USAGE
        : `--minutes must be a number from 0.5, got ${minutes}\n\n${USAGE}`
    )
    return help ? 0 : 2
  }
  const problems = await soak(length * 60, cleanup)
  problems.slice(0, 20).forEach((problem) => console.error(problem))
  console.log(
    problems.length === 0
      ? "no wrong value, and nothing that grows"
      : `${problems.length} problems`
  )
  return problems.length === 0 ? 0 : 1
}

void runMain(main)
