/**
 * Checks what `npm pack` would publish: everything a shop needs, nothing else, an entry point and a command
 * that load from there, and what publint and attw ("are the types wrong?") say.
 */
import { execFileSync, spawnSync } from "node:child_process"
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { publicAddress, withAddress } from "./address.mjs"
import { withAbsoluteLinks } from "./readme-links.mjs"

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..")
const problems = []
const manifest = JSON.parse(
  readFileSync(path.join(root, "package.json"), "utf8")
)
const bin = Object.values(manifest.bin)[0].replace(/^\.\//, "")
const expectThat = (holds, problem) => holds || problems.push(problem)

const folder = mkdtempSync(path.join(tmpdir(), "check-pack-"))
try {
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
  )
  const files = packed.files.map((file) => file.path)

  const allowed =
    /^(dist\/(src|migrations)\/.+\.(m?js|d\.m?ts|m?js\.map|d\.m?ts\.map)|dist\/migrations\/\.snapshot[^/]*\.json|\.medusa\/server\/src\/admin\/index\.m?js|\.medusa\/server\/src\/api\/.+\.js|src\/.+\.m?ts|migrations\/[^/]+\.ts|docs\/.+\.(md|svg|png|sql|json)|examples\/.+\.(md|ts)|[A-Z]+\.md|LICENSE|package\.json)$/
  for (const file of files) {
    expectThat(allowed.test(file), `${file} does not belong into the package`)
    expectThat(!file.includes("__tests__"), `${file} is a test`)
  }
  for (const file of [
    "dist/src/index.js",
    "dist/src/index.d.ts",
    "dist/src/index.js.map",
    bin,
    ".medusa/server/src/admin/index.js",
    ".medusa/server/src/admin/index.mjs",
    ".medusa/server/src/api/middlewares.js",
    ".medusa/server/src/api/admin/caching-postgres/route.js",
    "README.md",
    "LICENSE",
  ]) {
    expectThat(files.includes(file), `${file} is missing`)
  }
  const linked = readFileSync(path.join(root, "README.md"), "utf8").matchAll(
    /\]\((?!https?:|#)([^)#\s]+)/g
  )
  for (const [, file] of linked) {
    expectThat(
      files.includes(file),
      `${file}, which README.md names, is missing`
    )
  }
  expectThat(
    files.some((file) => /^dist\/migrations\/Migration\w+\.js$/.test(file)),
    "the migrations are missing"
  )

  // As a shop has it: extracted under node_modules, beside what the shop itself has installed.
  const modules = path.join(folder, "node_modules")
  const target = path.join(modules, "medusa-caching-postgres")
  mkdirSync(target, { recursive: true })
  execFileSync("tar", [
    "-xzf",
    path.join(folder, packed.filename),
    "--strip-components=1",
    "-C",
    target,
  ])
  for (const dependency of [
    "@medusajs",
    ...Object.keys(manifest.dependencies),
  ]) {
    symlinkSync(
      path.join(root, "node_modules", dependency),
      path.join(modules, dependency)
    )
  }
  for (const load of [
    'const p = require("medusa-caching-postgres").default',
    'import p from "medusa-caching-postgres"',
  ]) {
    const loaded = execFileSync(
      process.execPath,
      [
        ...(load.startsWith("import") ? ["--input-type=module"] : []),
        "-e",
        `${load}; console.log(p.module, p.services[0].identifier)`,
      ],
      { cwd: folder, encoding: "utf8" }
    ).trim()
    expectThat(
      loaded === "caching caching-postgres",
      `the packed entry point loads by ${load} as "${loaded}"`
    )
  }

  for (const name of [
    "middlewares",
    "admin/caching-postgres/route",
    "admin/caching-postgres/entries/search/route",
  ]) {
    const file = path.join(target, ".medusa/server/src/api", name)
    execFileSync(process.execPath, ["-e", `require(${JSON.stringify(file)})`], {
      cwd: folder,
    })
  }

  const packedBin = path.join(target, bin)
  expectThat(
    readFileSync(packedBin, "utf8").startsWith("#!/usr/bin/env node\n"),
    `${bin} does not name its interpreter`
  )
  const help = execFileSync(process.execPath, [packedBin, "--help"], {
    cwd: folder,
    encoding: "utf8",
  })
  expectThat(
    help.startsWith("Usage: medusa-caching-postgres "),
    `the packed ${bin} does not help`
  )

  const tarball = path.join(folder, packed.filename)
  for (const linter of [
    ["publint", "run", tarball, "--strict"],
    // Only the build of a shop's admin imports the page, and has no use for types.
    [
      "attw",
      tarball,
      ...["--format", "ascii", "--no-color", "--exclude-entrypoints", "admin"],
    ],
  ]) {
    const { status, stdout, stderr } = spawnSync("npx", ["--no", ...linter], {
      cwd: root,
      encoding: "utf8",
    })
    // publint fails for errors only; what it suggests it says below this heading.
    expectThat(
      status === 0 && !stdout.includes("Suggestions:"),
      `${linter[0]} complains:\n${stdout}${stderr}`
    )
  }

  console.log(
    `${packed.filename}: ${files.length} files, ${Math.round(packed.size / 1024)} KiB packed`
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const readme = readFileSync(path.join(root, "README.md"), "utf8")
const absolute = withAbsoluteLinks(readme, "https://example.com/shop/cache")
const relative = [...absolute.matchAll(/\]\((?!https:|#)[^)]*\)/g)]
expectThat(relative.length === 0, `links stay relative: ${relative.join(" ")}`)
expectThat(
  absolute.includes("](https://example.com/shop/cache/blob/main/docs/"),
  "the links of the packed README do not follow the repository"
)
const { homepage, bugs, repository } = withAddress({
  repository: "git+https://example.com/shop/cache.git",
})
expectThat(
  homepage === "https://example.com/shop/cache#readme" &&
    bugs.url === "https://example.com/shop/cache/issues" &&
    publicAddress({ repository }) === "https://example.com/shop/cache",
  "homepage and bugs do not follow the repository"
)

for (const problem of problems) {
  console.error(`pack: ${problem}`)
}
process.exitCode = problems.length > 0 ? 1 : 0
