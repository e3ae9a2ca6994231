import { execFileSync } from "node:child_process"
import { accessSync, constants, statSync } from "node:fs"
import os from "node:os"
import path from "node:path"

// The names PostgreSQL packages give their user on Linux and on macOS, then the user every system has.
const CANDIDATES = ["postgres", "_postgres", "nobody"]

function idOf(flag, user) {
  return Number(
    execFileSync("id", [flag, user], { stdio: ["ignore", "pipe", "ignore"] })
  )
}

/** PostgreSQL refuses to run as root: `uid` and `gid` of the user to run as, or nothing to change. */
export function findServerUser() {
  if (process.getuid() !== 0) {
    return {}
  }
  for (const user of CANDIDATES) {
    try {
      return { uid: idOf("-u", user), gid: idOf("-g", user) }
    } catch {
      // no such user
    }
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no user ${CANDIDATES.join(", ")}`
  )
}

function isOpenToOthers(folder) {
  const isOpen = (statSync(folder).mode & 0o001) !== 0
  const parent = path.dirname(folder)
  return isOpen && (parent === folder || isOpenToOthers(parent))
}

/** A user's own temp folder (TMPDIR) is usually closed to the user the server runs as. */
export function findTempRoot({ uid }) {
  const folder = os.tmpdir()
  return uid === undefined || isOpenToOthers(folder) ? folder : "/tmp"
}

/** Says what is wrong when root's own folder holds the programs; the plain error is a bare EACCES. */
export function assertReachable(program, { uid }) {
  accessSync(program, constants.X_OK)
  if (uid !== undefined && !isOpenToOthers(path.dirname(program))) {
    throw new Error(
      `PostgreSQL does not run as root, and other users cannot enter ${path.dirname(program)}`
    )
  }
}
