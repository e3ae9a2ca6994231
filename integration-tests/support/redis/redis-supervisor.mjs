/**
 * Owns one redis-server and its folder, and outlives the process that asked for it just long enough to
 * remove both: it ends when the channel to that process closes, for whatever reason, or on a signal.
 */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import net from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { findFreePort } from "../postgres/free-port.mjs"

const START_LIMIT_MS = 10_000
const POLL_MS = 20

const folder = mkdtempSync(path.join(tmpdir(), "caching-redis-"))
let server
let ending = false

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("error", () => resolve(false))
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function start() {
  const port = await findFreePort()
  const args = ["--port", port, "--bind", "127.0.0.1", "--dir", folder]
  server = spawn(
    "redis-server",
    [...args.map(String), "--save", "", "--appendonly", "no"],
    { stdio: "ignore" }
  )
  server.once("error", (error) => end(error.message))
  server.once("exit", (code, signal) =>
    end(`redis-server ended with ${code ?? signal}`)
  )
  const deadline = Date.now() + START_LIMIT_MS
  while (!(await answers(port))) {
    if (Date.now() > deadline) {
      throw new Error(`it did not answer within ${START_LIMIT_MS} ms`)
    }
    await sleep(POLL_MS)
  }
  process.send?.({ url: `redis://127.0.0.1:${port}` })
}

async function end(failure) {
  if (ending) {
    return
  }
  ending = true
  if (server?.pid && server.exitCode === null && server.signalCode === null) {
    const exited = new Promise((resolve) => server.once("exit", resolve))
    server.kill("SIGTERM")
    await exited
  }
  rmSync(folder, { recursive: true, force: true })
  if (failure && process.connected) {
    await new Promise((resolve) => process.send({ failure }, resolve))
  }
  process.exit(failure ? 1 : 0)
}

process.once("disconnect", () => end())
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => end())
}
start().catch((error) => end(error.message))
