/**
 * Runs the built package's own migration script, as `medusa db:migrate` would, in a process of its
 * own: MikroORM loads migrations past jest's module registry.
 *
 * Usage: node migration-process.cjs <run|revert> <the Caching Module's options as JSON>
 */
const { join } = require("node:path")

const [action, options] = process.argv.slice(2)
const entryPoint = join(__dirname, "../../../dist/src/index.js")
const provider = require(entryPoint).default

const moduleOptions = JSON.parse(options)
moduleOptions.providers = moduleOptions.providers.map((registration) => ({
  ...registration,
  resolve: entryPoint,
}))

const scripts = {
  run: provider.runMigrations,
  revert: provider.revertMigration,
}

scripts[action]({ options: moduleOptions }).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
