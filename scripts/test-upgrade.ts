/**
 * Runs the provider of an older commit and the present one side by side on one database, as during a deployment:
 *
 *     npm run test:upgrade                 against the first release candidate, and the newest release if there is one
 *     npm run test:upgrade -- <commit>     against another one
 *
 * From the first release candidate on, migrations only add: those that it has must not change either.
 */
import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import { Client } from "@medusajs/framework/pg"
import type { ICachingProviderService } from "@medusajs/framework/types"
import { createMedusaContainer } from "@medusajs/framework/utils"
import { startPostgres } from "../integration-tests/support/postgres"

/** The first release candidate: the commit, or its tag. */
const RELEASE_CANDIDATE = "c2d7a25bf893"

const ROOT = path.resolve(__dirname, "..")
const BUILT_FROM =
  "src migrations package.json tsconfig.json tsconfig.build.json".split(" ")
const LIMIT_MS = 10_000
const POLL_MS = 20

type Provider = ICachingProviderService & { close(): Promise<void> }
type Constructor = new (cradle: object) => Provider
type Loader = (input: object) => Promise<void>

const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim()

const releases = () =>
  git("tag", "--list", "v*", "--sort=creatordate").split("\n").filter(Boolean)

function checkIsHere(commit: string): void {
  const { status } = spawnSync(
    "git",
    ["rev-parse", "--quiet", "--verify", `${commit}^{commit}`],
    { cwd: ROOT }
  )
  assert.equal(
    status,
    0,
    `${commit} is no commit of this clone. If it is a shallow one, \`git fetch --unshallow --tags\` completes it.`
  )
}

/** What providers have logged as warnings and errors. */
const complaints: string[] = []

/** One version of the package, built. */
class Version {
  constructor(
    readonly name: string,
    private readonly folder: string
  ) {}

  static present(): Version {
    return new Version("the present version", ROOT)
  }

  /** Below the repository, so that it finds the packages that are installed there. */
  static at(commit: string): Version {
    const folder = path.join(ROOT, ".matrix/upgrade", commit)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const archive = execFileSync("git", ["archive", commit, ...BUILT_FROM], {
      cwd: ROOT,
      maxBuffer: 2 ** 28,
    })
    execFileSync("tar", ["-x", "-C", folder], { input: archive })
    const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc")
    execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
      cwd: folder,
      stdio: "inherit",
    })
    return new Version(commit, folder)
  }

  get migrations(): string[] {
    return readdirSync(path.join(this.folder, "dist/migrations")).filter(
      (file) => /^Migration\w+\.js$/.test(file)
    )
  }

  async provider(clientUrl: string, options: object = {}): Promise<Provider> {
    const container = createMedusaContainer()
    const complain = (message: unknown) =>
      complaints.push(`${this.name}: ${String(message)}`)
    const quiet = { debug() {}, info() {}, warn: complain, error: complain }
    const { services, loaders } = this.#load()
    container.register("logger", { resolve: () => quiet })
    for (const loader of loaders) {
      await loader({
        container,
        logger: quiet,
        options: { sweep: false, ...options },
        moduleOptions: { database: { clientUrl } },
      })
    }
    return new services[0]!(container.cradle as object)
  }

  /** In a process of its own, as `medusa db:migrate` and `medusa db:rollback caching` are. */
  migrate(action: "runMigrations" | "revertMigration", url: string): void {
    const options = {
      database: { clientUrl: url, driverOptions: {} },
      providers: [{ resolve: this.#entryPoint, id: "cache", options: {} }],
    }
    const script = `require(process.argv[1]).default[process.argv[2]]({ options: JSON.parse(process.argv[3]) })`
    execFileSync(
      process.execPath,
      ["-e", script, this.#entryPoint, action, JSON.stringify(options)],
      { cwd: this.folder, stdio: ["ignore", "ignore", "inherit"] }
    )
  }

  get #entryPoint(): string {
    return path.join(this.folder, "dist/src/index.js")
  }

  #load(): { services: Constructor[]; loaders: Loader[] } {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- of a version that is known at run time only
    const entry = require(this.#entryPoint) as {
      default: { services: Constructor[]; loaders: Loader[] }
    }
    return entry.default
  }
}

/** What is in the database of the cache's: columns with their types, indexes and functions with their arguments. */
async function shapeOf(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ part: string }>(
      `select format('column %s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod)) as part
       from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relname like 'caching\\_postgres%' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
       union all
       select indexdef from pg_indexes where tablename like 'caching\\_postgres%'
       union all
       select format('function %s(%s)', proname, pg_get_function_identity_arguments(oid))
       from pg_proc where proname like 'caching\\_postgres%'`
    )
    return rows.map(({ part }) => part)
  } finally {
    await client.end()
  }
}

async function until(
  read: () => Promise<unknown>,
  expected: unknown
): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  for (let value = await read(); ; value = await read()) {
    if (isDeepStrictEqual(value, expected)) {
      return
    }
    if (Date.now() > deadline) {
      assert.deepEqual(value, expected, complaints.join("\n") || undefined)
    }
    await sleep(POLL_MS)
  }
}

let rounds = 0

/** What one process does, the other one sees. */
async function checkTogether(one: Provider, other: Provider): Promise<void> {
  const tags = [`Product:${rounds}`, `Product:list:${rounds}`]
  // A set after a miss may be rejected, so each round has keys that nobody has missed yet.
  const round = rounds++
  const key = `page ${round}`
  const late = `late ${round}`
  const warm = `warm ${round}`
  const seenBy = (provider: Provider, expected: unknown) =>
    until(() => provider.get({ key }), expected)

  await one.set({ key: warm, data: { is: "connected" } })
  for (const provider of [one, other]) {
    await until(() => provider.get({ key: warm }), { is: "connected" })
  }
  await one.set({ key, data: { price: 1 }, tags })
  await seenBy(other, { price: 1 })
  assert.deepEqual(await other.get({ tags }), [{ price: 1 }])

  await other.set({ key, data: { price: 2 }, tags })
  await seenBy(one, { price: 2 })

  await one.set({
    key: "poster",
    data: { kept: true },
    tags,
    options: { autoInvalidate: false },
  })
  await other.clear({ tags, options: { autoInvalidate: true } })
  await seenBy(one, null)
  assert.deepEqual(await one.get({ key: "poster" }), { kept: true })

  // Read before the clear, and stored after it.
  assert.equal(await one.get({ key: late }), null)
  await other.clear({ tags })
  await one.set({ key: late, data: { stale: true }, tags })
  assert.equal(await other.get({ key: late }), null, "a stale fill is stored")
}

async function checkSideBySide(
  versions: [Version, Version],
  url: string
): Promise<void> {
  for (const options of [{}, { nearCache: true }]) {
    const [old, present] = await Promise.all(
      versions.map((version) => version.provider(url, options))
    )
    try {
      await checkTogether(old!, present!)
      await checkTogether(present!, old!)
    } finally {
      await Promise.all([old!.close(), present!.close()])
    }
  }
}

async function checkUpgrade(old: Version, url: string): Promise<void> {
  const present = Version.present()
  old.migrate("runMigrations", url)
  const shape = await shapeOf(url)
  present.migrate("runMigrations", url)
  const after = await shapeOf(url)
  assert.deepEqual(
    shape.filter((part) => !after.includes(part)),
    [],
    "a migration takes away or changes what an older version needs"
  )
  console.log("the migrations only add")

  await checkSideBySide([old, present], url)
  console.log("both versions run side by side, both ways")

  old.migrate("runMigrations", url)
  const newer = present.migrations.filter(
    (file) => !old.migrations.includes(file)
  )
  for (const file of newer.reverse()) {
    present.migrate("revertMigration", url)
    const provider = await old.provider(url)
    await provider.set({ key: "after", data: { file } })
    assert.deepEqual(await provider.get({ key: "after" }), { file })
    await provider.close()
  }
  assert.deepEqual((await shapeOf(url)).sort(), shape.sort())
  for (let left = old.migrations.length; left > 0; left--) {
    old.migrate("revertMigration", url)
  }
  assert.deepEqual(await shapeOf(url), [])
  present.migrate("runMigrations", url)
  await checkSideBySide([old, present], url)
  console.log(
    `db:rollback caching works at each step (${newer.length} newer migrations), and db:migrate after it`
  )
}

function checkMigrationsOf(first: string): void {
  const changed = git(
    "diff",
    "--name-status",
    "--diff-filter=DMRT",
    first,
    "--",
    "migrations"
  )
  assert.equal(
    changed,
    "",
    `migrations of ${first} have changed, where a new one should add:\n${changed}`
  )
}

async function main(): Promise<void> {
  const named = process.argv.slice(2)
  const commits =
    named.length > 0 ? named : [RELEASE_CANDIDATE, ...releases().slice(-1)]
  for (const commit of [RELEASE_CANDIDATE, ...commits]) {
    checkIsHere(commit)
  }
  checkMigrationsOf(RELEASE_CANDIDATE)
  const server = await startPostgres()
  try {
    for (const commit of commits) {
      console.log(`${commit} and the present version`)
      await checkUpgrade(Version.at(commit), await server.createDatabase())
      assert.deepEqual(complaints, [])
    }
  } finally {
    await server.stop()
  }
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
