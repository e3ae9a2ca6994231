/**
 * Runs a TypeScript program with a version of Node, which npm installs where it is missing; NODE_VERSION names another
 * one, and "own" the one that runs this script:
 *
 *     node scripts/with-node.mjs 24 benchmark/index.ts --quick
 */
import path from "node:path"
import { envOfNode, ROOT, run } from "./matrix.mjs"

const [version, ...args] = process.argv.slice(2)
const wanted = process.env.NODE_VERSION ?? version
const env =
  wanted === "own" || process.versions.node.startsWith(`${wanted}.`)
    ? {}
    : await envOfNode(wanted)
const tsx = path.join(ROOT, "node_modules/tsx/dist/cli.mjs")
const options = { env: { ...process.env, ...env } }
process.exitCode = await run("node", [tsx, ...args], options)
