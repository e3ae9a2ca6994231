/**
 * Makes the part of the package that a shop gets with `plugins: [{ resolve: "medusa-caching-postgres" }]`. Medusa reads
 * it from .medusa/server/src, where it also runs all that it finds in folders such as migration-scripts. So it holds
 * nothing but the admin's page and, for each route of the API, a file that refers to the compiled one in dist.
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { plugin } from "@medusajs/admin-bundler"

const ROOT = path.resolve(import.meta.dirname, "..")
const SERVER = ".medusa/server"
const COMPILED = path.join(ROOT, "dist/src/api")

// It takes relative paths from there.
process.chdir(ROOT)
await plugin({ root: ROOT, outDir: SERVER })

const files = readdirSync(COMPILED, { recursive: true }).filter((file) =>
  ["route.js", "middlewares.js"].includes(path.basename(file))
)
for (const file of files) {
  const target = path.join(ROOT, SERVER, "src/api", file)
  const source = path.relative(
    path.dirname(target),
    path.join(COMPILED, file.replace(/\.js$/, ""))
  )
  mkdirSync(path.dirname(target), { recursive: true })
  const specifier = source.split(path.sep).join("/")
  writeFileSync(target, `module.exports = require("${specifier}")\n`)
}
