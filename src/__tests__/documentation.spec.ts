import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

const ROOT = path.resolve(__dirname, "../..")
const PAGES = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "examples/without-redis/README.md",
  ...readdirSync(path.join(ROOT, "docs"), {
    recursive: true,
    encoding: "utf8",
  })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
]

const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8")

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-")
  )
}

describe("the documentation", () => {
  it.each(PAGES)("Every relative link of %s leads somewhere.", (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^https?:/.test(target))
    const broken = links.filter((target) => {
      const [file, anchor] = target.split("#")
      const linked = file ? path.join(path.dirname(page), file) : page
      return (
        !existsSync(path.join(ROOT, linked)) ||
        (anchor && !anchorsOf(linked).includes(anchor))
      )
    })
    expect(broken).toEqual([])
  })

  it.each(PAGES)("Every file that %s names exists.", (page) => {
    const named = [
      ...read(page).matchAll(
        /`((?:src|migrations|integration-tests)\/[^`\s]*)`/g
      ),
    ]
    expect(
      named
        .map(([, file]) => file!)
        .filter((file) => !existsSync(path.join(ROOT, file)))
    ).toEqual([])
  })

  it("Every test that docs/guarantees.md names is run by `npm test`, which the CI workflow runs.", () => {
    const jest = path.join(ROOT, "node_modules/jest/bin/jest.js")
    const run = execFileSync(process.execPath, [jest, "--listTests"], {
      cwd: ROOT,
      encoding: "utf8",
    })
      .split("\n")
      .map((file) => path.relative(ROOT, file))
    const named = read("docs/guarantees.md")
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
      .flatMap((row) => [...row.split("|")[2]!.matchAll(/`([^`]*\/[^`]*)`/g)])
      .map(([, test]) =>
        test!.startsWith("src/") ? test! : `integration-tests/${test!}`
      )
    expect(named.length).toBeGreaterThan(30)
    expect(
      named.filter((test) => !run.some((file) => file.startsWith(test)))
    ).toEqual([])
    expect(read(".github/workflows/ci.yml")).toContain("run: npm test\n")
  })

  it("The README, package.json and the CI workflow name the same versions.", () => {
    const { engines, peerDependencies } = JSON.parse(read("package.json")) as {
      engines: { node: string }
      peerDependencies: Record<string, string>
    }
    const workflow = read(".github/workflows/ci.yml")
    const versionsOf = (axis: string) =>
      new RegExp(`^ +${axis}: \\[(.*)\\]$`, "m").exec(workflow)![1]!.split(", ")
    const [, oldest, next] = /^\^(\d+\.\d+)\.0 \|\| >=(\d+\.\d+)\.0$/.exec(
      engines.node
    )!
    const medusa = peerDependencies["@medusajs/framework"]!.slice(1)
    const builds = JSON.parse(
      read("integration-tests/support/postgres/embedded-builds.json")
    ) as object
    const servers = versionsOf("postgres")

    expect(read("README.md").replaceAll(/\s+/g, " ")).toContain(
      `With Medusa ${medusa} or newer, PostgreSQL ${servers[0]} or newer, and Node ${oldest}, ${next} or newer`
    )
    expect(versionsOf("node")).toEqual(
      expect.arrayContaining(
        [oldest!, next!].map((version) => version.split(".")[0])
      )
    )
    expect(versionsOf("medusa")).toEqual([`"${medusa}"`, '"latest"'])
    expect(servers).toEqual(Object.keys(builds))
  })
})
