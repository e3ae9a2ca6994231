/**
 * The public address of the repository stands on one line, "repository" in package.json. The owner sets it once, before
 * the first release:
 *
 *     npm pkg set repository=https://github.com/<owner>/<repository>
 *
 * `npm publish` runs this file first. It derives "homepage" and "bugs" from that line, writes them into package.json, and
 * refuses to publish without it. `npm publish --dry-run` only warns, and writes nothing.
 */
import { readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const MANIFEST = path.resolve(import.meta.dirname, "../package.json")

const readManifest = () => JSON.parse(readFileSync(MANIFEST, "utf8"))

/** @returns the address as a browser opens it; nothing when it is not set */
export function publicAddress({ repository } = readManifest()) {
  const url = typeof repository === "string" ? repository : repository?.url
  return url?.replace(/^git\+/, "").replace(/\.git$/, "")
}

/** @returns the manifest with all that follows from its "repository" */
export function withAddress(manifest) {
  const address = publicAddress(manifest)
  return {
    ...manifest,
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: "git", url: `git+${address}.git` },
  }
}

function main() {
  const isDryRun = process.env.npm_config_dry_run === "true"
  const address = publicAddress()
  if (!address || !/^https:\/\/[^/\s]+\/[^/\s]+\/\S+$/.test(address)) {
    console.error(
      `package.json has ${address ? `a "repository" that is no https address, ${address}` : 'no "repository"'}. Before the first release:\n` +
        "  npm pkg set repository=https://github.com/<owner>/<repository>"
    )
    process.exitCode = isDryRun ? 0 : 1
  } else if (!isDryRun) {
    const text = JSON.stringify(withAddress(readManifest()), null, 2)
    writeFileSync(MANIFEST, `${text}\n`)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main()
}
