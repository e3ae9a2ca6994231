import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { rmdir } from "node:fs/promises"
import path from "node:path"

const ROOT = "/sys/fs/cgroup"
const PERIOD_US = 10_000

/**
 * Holds a process, its children and those that they start later to a part of a core, by a control group of Linux.
 *
 * @param share of one core
 * @returns ends it, once the processes are gone
 * @throws where control groups cannot be made, as without root
 */
export function holdToShare(pid: number, share: number): () => Promise<void> {
  const isFirstVersion = existsSync(path.join(ROOT, "cpu/cgroup.procs"))
  const name = `caching-postgres-bench-${pid}`
  const group = path.join(ROOT, isFirstVersion ? "cpu" : "", name)
  const quota = Math.round(share * PERIOD_US)
  mkdirSync(group)
  const write = (file: string, value: string | number) =>
    writeFileSync(path.join(group, file), String(value))
  if (isFirstVersion) {
    write("cpu.cfs_period_us", PERIOD_US)
    write("cpu.cfs_quota_us", quota)
  } else {
    write("cpu.max", `${quota} ${PERIOD_US}`)
  }
  for (const one of [pid, ...childrenOf(pid)]) {
    write("cgroup.procs", one)
  }
  return () => rmdir(group)
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
  return children.split(" ").filter(Boolean).map(Number)
}
