/**
 * Runs the property tests with many more sequences than `npm test` does:
 *
 *     npm run test:nightly                          10,000 of each property
 *     PROPERTY_RUNS=500 npm run test:nightly        as many as are asked for
 *     npm run test:nightly -- -t "two processes"    what follows goes to Jest
 *
 * A failure names the seed; PROPERTY_SEED=<seed>, with the same number of runs, repeats it.
 */
import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import path from "node:path"

const ROOT = path.resolve(import.meta.dirname, "..")
const MANY = "10000"

const { resolve } = createRequire(import.meta.url)
const jest = path.join(resolve("jest/package.json"), "../bin/jest.js")

// --selectProjects takes every argument up to the next option, hence its place.
const { status } = spawnSync(
  process.execPath,
  [
    jest,
    "integration-tests/properties",
    ...process.argv.slice(2),
    "--selectProjects",
    "integration",
  ],
  {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PROPERTY_RUNS: process.env.PROPERTY_RUNS || MANY },
  }
)
// Without a status it was ended by a signal.
process.exitCode = status ?? 1
