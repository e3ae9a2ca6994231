import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const SRC = path.resolve(__dirname, "..")

/** From the top. A file imports from its own folder and from the layers below; a file of src itself counts as a folder. */
const LAYERS = [
  ["admin"],
  ["api", "cli"],
  ["index"],
  ["caching-postgres", "migration-scripts", "loaders", "inspect"],
  ["services"],
  ["servers"],
  ["engine"],
  ["minute-reports"],
  ["stats", "operations", "sweep"],
  ["leases", "near-cache", "storage"],
  ["connection"],
  ["faults", "telemetry", "options", "models"],
  ["types", "digests", "log", "sql", "package-version", "units", "clocks"],
  ["stale-fill", "framework"],
]

const FILES = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.tsx?$/.test(file) && !file.includes("__tests__")
)

/** The files of this package that a file imports, without their endings. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(SRC, file), "utf8")
  const imports = text.matchAll(/(?:\bfrom |\bimport\()"(\.[^"]+)"/g)
  return [...imports].map(([, target]) =>
    path.join(path.dirname(file), target!.replace(/(\/index)?\.js$/, ""))
  )
}

const folderOf = (file: string) =>
  file.split(path.sep)[0]!.replace(/\.tsx?$/, "")
const layerOf = (folder: string) =>
  LAYERS.findIndex((folders) => folders.includes(folder))

describe("the structure of the sources", () => {
  it("Every folder of src has its layer.", () => {
    const folders = [...new Set(FILES.map(folderOf))]
    expect(folders.filter((folder) => layerOf(folder) === -1)).toEqual([])
    expect(LAYERS.flat().filter((folder) => !folders.includes(folder))).toEqual(
      []
    )
  })

  it("Imports between the folders of src only lead to lower layers.", () => {
    const up = FILES.flatMap((file) =>
      importsOf(file)
        .filter(
          (target) =>
            folderOf(target) !== folderOf(file) &&
            layerOf(folderOf(target)) <= layerOf(folderOf(file))
        )
        .map((target) => `${file} imports ${target}`)
    )
    expect(up).toEqual([])
  })

  it("No file of src imports itself, directly or through others.", () => {
    const graph = new Map(
      FILES.map((file) => [
        file.replace(/(\/index)?\.tsx?$/, ""),
        importsOf(file),
      ])
    )
    const circles = [...graph.keys()].filter((start) => {
      const seen = new Set<string>()
      const waiting = [...graph.get(start)!]
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        if (!seen.has(next)) {
          seen.add(next)
          waiting.push(...(graph.get(next) ?? []))
        }
      }
      return seen.has(start)
    })
    expect(circles).toEqual([])
  })
})
