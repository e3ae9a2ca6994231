/**
 * npm shows README.md away from the repository, where relative links and pictures lead nowhere. `npm pack` runs
 * this before (`absolute`) and after (`relative`) it packs: the packed README has absolute ones, made from the public
 * address. Until that is set (see address.mjs), links stay relative.
 */
import { readFileSync, rmSync, writeFileSync, existsSync } from "node:fs"
import path from "node:path"
import { publicAddress } from "./address.mjs"

const ROOT = path.resolve(import.meta.dirname, "..")
const README = path.join(ROOT, "README.md")
const ORIGINAL = path.join(ROOT, ".README.relative.md")

/** @returns the text with each relative link and picture made absolute */
export function withAbsoluteLinks(text, address) {
  const absolute = (picture, target) =>
    /^(https?:|#)/.test(target)
      ? target
      : `${address}/${picture ? "raw" : "blob"}/main/${target}`
  return text.replace(
    /(!?)\[([^\]]*)\]\(([^)\s]+)\)/g,
    (_, picture, label, target) =>
      `${picture}[${label}](${absolute(picture, target)})`
  )
}

const [command] = process.argv.slice(2)
const address = publicAddress()
if (command === "absolute" && address) {
  const text = readFileSync(README, "utf8")
  writeFileSync(ORIGINAL, text)
  writeFileSync(README, withAbsoluteLinks(text, address))
} else if (command === "relative" && existsSync(ORIGINAL)) {
  writeFileSync(README, readFileSync(ORIGINAL, "utf8"))
  rmSync(ORIGINAL)
}
