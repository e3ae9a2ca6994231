/**
 * npm shows README.md away from the repository, where relative links and pictures lead nowhere. `npm pack` runs
 * this before (`absolute`) and after (`relative`) it packs: the packed README has absolute ones, made from "repository" in package.json.
 * Until the owner sets that line, links stay relative, and the release is refused (`check`).
 */
import { readFileSync, rmSync, writeFileSync, existsSync } from "node:fs"
import path from "node:path"

const ROOT = path.resolve(import.meta.dirname, "..")
const README = path.join(ROOT, "README.md")
const ORIGINAL = path.join(ROOT, ".README.relative.md")

/** @returns the text with each relative link and picture made absolute */
export function withAbsoluteLinks(text, repository) {
  const base = repository.replace(/^git\+/, "").replace(/\.git$/, "")
  const absolute = (picture, target) =>
    /^(https?:|#)/.test(target)
      ? target
      : `${base}/${picture ? "raw" : "blob"}/main/${target}`
  return text.replace(
    /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g,
    (_, picture, label, target) =>
      `${picture}[${label}](${absolute(picture, target)})`
  )
}

function repositoryUrl() {
  const { repository } = JSON.parse(
    readFileSync(path.join(ROOT, "package.json"), "utf8")
  )
  return typeof repository === "string" ? repository : repository?.url
}

const [command] = process.argv.slice(2)
const url = repositoryUrl()
if (command === "absolute" && url) {
  const text = readFileSync(README, "utf8")
  writeFileSync(ORIGINAL, text)
  writeFileSync(README, withAbsoluteLinks(text, url))
} else if (command === "relative" && existsSync(ORIGINAL)) {
  writeFileSync(README, readFileSync(ORIGINAL, "utf8"))
  rmSync(ORIGINAL)
} else if (command === "check" && !url) {
  console.error(
    'package.json has no "repository": set it to the public address before the first release'
  )
  process.exitCode = 1
}
