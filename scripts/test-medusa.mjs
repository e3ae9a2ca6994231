// npm run test:medusa -- <version> [jest's arguments]
// Runs the specs of integration-tests/medusa with another version of Medusa than this repository's own.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const REPOSITORY = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  ".."
)

const [version, ...jestArguments] = process.argv.slice(2)
if (!version) {
  console.error("usage: npm run test:medusa -- <version of @medusajs/medusa>")
  process.exit(2)
}

const folder = path.join(REPOSITORY, ".matrix", `medusa-${version}`)
const installed = path.join(
  folder,
  "node_modules/@medusajs/medusa/package.json"
)

if (existsSync(installed)) {
  console.log(
    `Medusa ${readJson(installed).version} is installed in ${path.relative(REPOSITORY, folder)}`
  )
} else {
  console.log(
    `Installing Medusa ${version} in ${path.relative(REPOSITORY, folder)}; this takes some minutes`
  )
  install()
}

process.exit(
  run(
    "npx",
    [
      "jest",
      "integration-tests/medusa",
      "--selectProjects",
      "integration",
      ...jestArguments,
    ],
    {
      cwd: REPOSITORY,
      env: {
        ...process.env,
        MEDUSA_MODULES: path.join(folder, "node_modules"),
      },
    }
  )
)

function install() {
  const dependencies = {
    "@medusajs/cli": version,
    "@medusajs/framework": version,
    "@medusajs/medusa": version,
    // What the package under test needs beside Medusa: a shop's npm would install it with the package.
    ...readJson(path.join(REPOSITORY, "package.json")).dependencies,
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify(
      { name: `medusa-${version}`, private: true, dependencies },
      undefined,
      2
    )
  )

  const code = run(
    "npm",
    [
      "install",
      "--no-audit",
      "--no-fund",
      "--no-package-lock",
      "--loglevel=error",
    ],
    {
      cwd: folder,
    }
  )
  if (code !== 0) {
    process.exit(code)
  }
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, {
    stdio: "inherit",
    ...options,
  })
  if (error) {
    throw error
  }

  return status ?? 1
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"))
}
