import { execFileSync, spawn } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"

const KEPT_OUTPUT = 4_000
/** fast shutdown, immediate shutdown, certain death */
const SERVER_STOP_STEPS = [
  { name: "SIGINT", timeoutMs: 5_000 },
  // The server itself waits five seconds before it kills backends that do not react.
  { name: "SIGQUIT", timeoutMs: 10_000 },
  { name: "SIGKILL", timeoutMs: 5_000 },
]

/** Runs a PostgreSQL program; `code` stays undefined until it has ended. */
export function run(program, args, { user, cwd }) {
  const env = { ...process.env, LC_ALL: "C" }
  for (const name of Object.keys(env)) {
    // PGDATA, PGPORT and the like are about somebody else's server.
    if (name.startsWith("PG")) {
      delete env[name]
    }
  }
  const stdio = ["ignore", "pipe", "pipe"]
  // A group of its own, because initdb has children that must end with it.
  const child = spawn(program, args, {
    ...user,
    cwd,
    env,
    detached: true,
    stdio,
  })
  const job = { pid: child.pid, output: "", code: undefined, ended: undefined }
  const collect = (chunk) => {
    job.output = (job.output + chunk).slice(-KEPT_OUTPUT)
  }
  child.stdout.on("data", collect)
  child.stderr.on("data", collect)
  job.ended = new Promise((resolve) => {
    const end = (code) => {
      job.code ??= code
      resolve()
    }
    child.once("error", (error) => {
      collect(error.message)
      end(-1)
    })
    child.once("close", (code, signal) => end(code ?? signal))
  })
  return job
}

export function hasEnded(job) {
  return job.code !== undefined
}

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (error.code !== "ESRCH") {
      throw error
    }
  }
}

/** Ends initdb and its children; what they leave is half a data folder anyway. */
export async function kill(job) {
  if (!hasEnded(job)) {
    signal(-job.pid, "SIGKILL")
    await job.ended
  }
}

/** Lets a server shut down fast, then less and less politely. */
export async function stopServer(job) {
  for (const { name, timeoutMs } of SERVER_STOP_STEPS) {
    if (hasEnded(job)) {
      return
    }
    signal(job.pid, name)
    await Promise.race([job.ended, sleep(timeoutMs)])
  }
}

/** The processes that a server has forked; each leads a group of its own. */
function childrenOf(job) {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === job.pid)
    .map(([pid]) => pid)
}

/** Stops a server with all its processes in mid-movement: it keeps its connections, and does nothing. */
export function pauseServer(job) {
  if (!hasEnded(job)) {
    // First the one that starts others.
    signal(job.pid, "SIGSTOP")
    childrenOf(job).forEach((pid) => signal(pid, "SIGSTOP"))
  }
}

export function continueServer(job) {
  if (!hasEnded(job)) {
    childrenOf(job).forEach((pid) => signal(pid, "SIGCONT"))
    signal(job.pid, "SIGCONT")
  }
}

/** Ends a server as a power cut would: nothing is written, nobody is told. */
export async function killServer(job) {
  if (!hasEnded(job)) {
    signal(job.pid, "SIGSTOP")
    childrenOf(job).forEach((pid) => signal(pid, "SIGKILL"))
    signal(job.pid, "SIGKILL")
    await job.ended
  }
}
