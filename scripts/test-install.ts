/**
 * Installs the packed package in an empty Medusa shop by the steps of README.md alone, and nothing else:
 *
 *     npm run test:install                    with npm
 *     npm run test:install -- npm pnpm yarn   with each of them, one after the other
 *
 * Where the README writes `npm install` and `npx`, pnpm and yarn get their own words for it. npx brings both.
 */
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { startPostgres } from "../integration-tests/support/postgres"

const ROOT = path.resolve(__dirname, "..")
const PACKAGE = "medusa-caching-postgres"
const { devDependencies } = JSON.parse(
  readFileSync(path.join(ROOT, "package.json"), "utf8")
) as { devDependencies: Record<string, string> }

interface PackageManager {
  readonly install: string
  readonly add: (tarball: string) => string
  /** Runs the command of an installed package. */
  readonly exec: string
  readonly files?: Record<string, string>
}

const PNPM = "npx --yes pnpm@10"
const YARN = "npx --yes @yarnpkg/cli-dist@4"
const MANAGERS: Record<string, PackageManager> = {
  npm: {
    install: "npm install --no-audit --no-fund",
    add: (tarball) => `npm install ${tarball}`,
    exec: "npx --no",
  },
  pnpm: {
    install: `${PNPM} install`,
    add: (tarball) => `${PNPM} add ${tarball}`,
    exec: `${PNPM} exec`,
  },
  yarn: {
    install: `${YARN} install`,
    add: (tarball) => `${YARN} add ${PACKAGE}@file:${tarball}`,
    exec: `${YARN} exec`,
    files: {
      // Without a lock file of its own a folder does not count as a project.
      "yarn.lock": "",
      ".yarnrc.yml":
        "nodeLinker: node-modules\nenableImmutableInstalls: false\nenableTelemetry: false\n",
    },
  },
}

/** Without what npm sets for this script, and without what would change the shop. */
const INHERITED = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_.*|REDIS_URL|NODE_ENV|NODE_OPTIONS)$/i.test(name)
  )
)

/** What the README tells a new user to run and to write, in its order. */
interface ReadmeSteps {
  readonly config: string
  readonly migrate: string
  readonly query: string
  readonly doctor: string
}

function readSteps(): ReadmeSteps {
  const readme = readFileSync(path.join(ROOT, "README.md"), "utf8")
  const [, install] = /^## Install\n([^]*?)^## /m.exec(readme)!
  const blocks = [...install!.matchAll(/^ *```(\w+)\n([^]*?)^ *```$/gm)].map(
    ([, language, text]) => ({ language, text: text!.trim() })
  )
  const languages = blocks.map(({ language }) => language).join(" ")
  const [add, config, migrate, query, doctor] = blocks.map(({ text }) => text)
  if (
    languages !== "bash ts bash ts bash" ||
    add !== `npm install ${PACKAGE}`
  ) {
    throw new Error(`README.md has other steps now: ${languages}; ${add}`)
  }
  return { config: config!, migrate: migrate!, query: query!, doctor: doctor! }
}

/** A shop as `create-medusa-app` leaves it, without an admin and without what only development needs. */
function writeShop(
  folder: string,
  { config, query }: ReadmeSteps,
  files: Record<string, string> = {}
): void {
  const version = devDependencies["@medusajs/medusa"]!
  const shop = {
    "package.json": JSON.stringify({
      name: "empty-shop",
      private: true,
      dependencies: {
        "@medusajs/cli": version,
        "@medusajs/framework": version,
        "@medusajs/medusa": version,
      },
      devDependencies: {
        "@swc/core": devDependencies["@swc/core"],
        "@types/node": devDependencies["@types/node"],
        "ts-node": "^10.9.2",
        typescript: devDependencies.typescript,
      },
    }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        target: "ES2021",
        module: "Node16",
        moduleResolution: "Node16",
        esModuleInterop: true,
        skipLibCheck: true,
      },
      "ts-node": { swc: true },
    }),
    "medusa-config.ts":
      'import { defineConfig } from "@medusajs/framework/utils"\n\n' +
      config.replace(
        "// …",
        "projectConfig: { databaseUrl: process.env.DATABASE_URL }, admin: { disable: true },"
      ),
    "src/scripts/read.ts": scriptWith(query),
    ...files,
  }
  for (const [name, text] of Object.entries(shop)) {
    const file = path.join(folder, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
}

/** Reads what the README reads until the cache answers: Medusa stores what it has read after it has answered. */
function scriptWith(query: string): string {
  return `
import { cachingPostgres } from "${PACKAGE}"
import { createProductsWorkflow } from "@medusajs/medusa/core-flows"

async function read(query) {
  ${query}
  return products
}

export default async function ({ container }) {
  const options = [{ title: "Size", values: ["S"] }]
  await createProductsWorkflow(container).run({
    input: { products: [{ title: "Shirt", options }] },
  })
  const cache = cachingPostgres(container)
  for (let hits = 0; hits === 0; hits = (await cache.stats()).hits) {
    const products = await read(container.resolve("query"))
    if (products[0].title !== "Shirt") {
      throw new Error("no shirt")
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  console.log("served from the cache")
}
`
}

/** @returns what it printed, without the last line break */
async function run(
  command: string,
  cwd: string,
  env: NodeJS.ProcessEnv
): Promise<string> {
  console.log(`  ${command}`)
  const child = spawn(command, { cwd, env, shell: true })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => (output += text.toString()))
  }
  const [code] = (await once(child, "close")) as [number | null]
  if (code !== 0) {
    throw new Error(`${command} ended with ${code}:\n${output}`)
  }
  return output.trimEnd()
}

/** @returns the file that npm would publish, the same for all */
function pack(folder: string): string {
  const flags = ["--ignore-scripts", "--loglevel=error"]
  execFileSync("npm", ["pack", ...flags, "--pack-destination", folder], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  })
  return path.join(folder, readdirSync(folder)[0]!)
}

async function install(
  name: string,
  packed: string,
  databaseUrl: string
): Promise<void> {
  const { install, add, exec, files } = MANAGERS[name]!
  const steps = readSteps()
  const folder = mkdtempSync(path.join(tmpdir(), `empty-shop-${name}-`))
  const env = {
    ...INHERITED,
    DATABASE_URL: databaseUrl,
    MEDUSA_DISABLE_TELEMETRY: "true",
  }
  const medusa = (command: string) =>
    run(command.replace(/^npx/, exec), folder, env)
  try {
    writeShop(folder, steps, files)
    const tarball = path.basename(packed)
    copyFileSync(packed, path.join(folder, tarball))

    await run(install, folder, env)
    await run(add(`./${tarball}`), folder, env)
    await medusa(steps.migrate)
    const read = await medusa("npx medusa exec ./src/scripts/read.ts")
    if (!read.includes("served from the cache")) {
      throw new Error(`nothing was served from the cache:\n${read}`)
    }
    const verdict = (await medusa(steps.doctor)).split("\n").at(-1)!
    console.log(`  ${verdict}`)
    if (!verdict.startsWith("0 problems")) {
      throw new Error("doctor found problems")
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function main(): Promise<void> {
  const named = process.argv.slice(2)
  const names = named.length > 0 ? named : ["npm"]
  const unknown = names.filter((name) => !(name in MANAGERS))
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown.join(", ")}; known: npm, pnpm, yarn`)
  }
  const folder = mkdtempSync(path.join(tmpdir(), "packed-"))
  const server = await startPostgres()
  try {
    const packed = pack(folder)
    for (const name of names) {
      console.log(`\n${name}`)
      await install(name, packed, await server.createDatabase())
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

main().catch((error: unknown) => {
  console.error((error as Error).message)
  process.exitCode = 1
})
