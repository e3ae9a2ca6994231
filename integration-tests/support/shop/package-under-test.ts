import { execFile } from "node:child_process"
import { mkdir, readdir, rm } from "node:fs/promises"
import path from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

export const REPOSITORY = path.resolve(__dirname, "../../..")
export const PACKAGE_NAME = "medusa-caching-postgres"

/** @returns the tarball that `npm publish` would publish, in this folder */
export async function packPackage(folder: string): Promise<string> {
  const flags = ["--ignore-scripts", "--loglevel=error"]
  await run("npm", ["pack", ...flags, "--pack-destination", folder], {
    cwd: REPOSITORY,
  })
  const name = (await readdir(folder)).find((file) => file.endsWith(".tgz"))
  return path.join(folder, name!)
}

/** Puts into `target` what a shop gets that installs this package: the contents of the tarball, not the repository. */
export async function installPackedPackage(target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  // Jest's global set-up has packed it once for all spec files.
  const packed = process.env.TEST_PACKAGE
  const tarball = packed ?? (await packPackage(target))
  await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"])
  if (!packed) {
    await rm(tarball)
  }
}
