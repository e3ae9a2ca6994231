import { execFile } from "node:child_process"
import { mkdir, readdir, rm } from "node:fs/promises"
import path from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

export const REPOSITORY = path.resolve(__dirname, "../../..")
export const PACKAGE_NAME = "medusa-caching-postgres"

/** Puts into `target` what a shop gets that installs this package: the contents of the tarball, not the repository. */
export async function installPackedPackage(target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  const flags = ["--ignore-scripts", "--loglevel=error"]
  await run("npm", ["pack", ...flags, "--pack-destination", target], {
    cwd: REPOSITORY,
  })
  const name = (await readdir(target)).find((file) => file.endsWith(".tgz"))
  const tarball = path.join(target, name!)
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"])
  await rm(tarball)
}
