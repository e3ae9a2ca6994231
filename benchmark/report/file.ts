import { mkdirSync, writeFileSync } from "node:fs"
import path from "node:path"

/** Writes a file, and makes its folder where that is missing. */
export function writeReport(file: string, text: string): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  writeFileSync(file, text)
}
