/** What scripts install below .matrix/, beside the repository's own packages. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"

export const ROOT = path.resolve(import.meta.dirname, "..")

export function readJson(file) {
  return JSON.parse(readFileSync(path.join(ROOT, file), "utf8"))
}

/** @returns the environment in which `node` is this version, which npm installs where it is missing */
export async function envOfNode(version) {
  const target = `${process.platform}-${process.arch}`
  // The first name is the older one; npm has no newer versions of it.
  const name = target === "darwin-arm64" ? "node-bin" : "node"
  const folder = await install(`node-${version}`, {
    [`${name}-${target}`]: version,
  })
  const bin = path.join(folder, `node_modules/${name}-${target}/bin`)
  return { PATH: `${bin}${path.delimiter}${process.env.PATH}` }
}

/** @returns the folder; what was installed there before is used again */
export async function install(name, dependencies) {
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
export async function run(command, args, options) {
  const child = spawn(command, args, { stdio: "inherit", ...options })
  const [code] = await once(child, "exit")
  return code ?? 1
}
