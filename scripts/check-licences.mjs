/**
 * Checks what a shop installs with this package: at most three run-time dependencies, their own included, each under a
 * permissive licence, and each named with its reason in docs/design.md.
 */
import { readFileSync } from "node:fs"
import path from "node:path"

const ROOT = path.resolve(import.meta.dirname, "..")
const MOST = 3
const PERMISSIVE =
  "MIT ISC BSD-2-Clause BSD-3-Clause Apache-2.0 BlueOak-1.0.0".split(" ")

const readJson = (file) =>
  JSON.parse(readFileSync(path.join(ROOT, file), "utf8"))
const { packages } = readJson("package-lock.json")

const found = new Set()
const add = (names) => {
  for (const name of names.filter((name) => !found.has(name))) {
    found.add(name)
    add(Object.keys(packages[`node_modules/${name}`].dependencies ?? {}))
  }
}
add(Object.keys(readJson("package.json").dependencies))

const design = readFileSync(path.join(ROOT, "docs/design.md"), "utf8")
const problems =
  found.size > MOST ? [`more than ${MOST} run-time dependencies`] : []
for (const name of found) {
  const { license, version } = readJson(`node_modules/${name}/package.json`)
  console.log(`${name} ${version}: ${license}`)
  if (!PERMISSIVE.includes(license)) {
    problems.push(`${name} has the licence ${license}`)
  }
  if (!design.includes(`**${name}**`)) {
    problems.push(`docs/design.md does not say what ${name} is for`)
  }
}
for (const problem of problems) {
  console.error(`licences: ${problem}`)
}
process.exitCode = problems.length > 0 ? 1 : 0
