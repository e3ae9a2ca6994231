import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { runCli, type CliResult } from "../support/cli/run-cli"
import { TestCache } from "../support/provider/test-cache"
import { createShopFolder, type ShopFolder } from "../support/shop"

const OURS = { resolve: "medusa-caching-postgres" }

/** Packs and links a shop's packages. */
const PREPARATION_LIMIT_MS = 120_000

describe("in a shop's folder", () => {
  let cache: TestCache
  let shop: ShopFolder
  let compiledConfig: string

  beforeAll(async () => {
    ;[cache, shop] = await Promise.all([TestCache.create(), createShopFolder()])
    compiledConfig = await readFile(
      join(shop.directory, "medusa-config.js"),
      "utf8"
    )
    await standInForTsNode(shop)
  }, PREPARATION_LIMIT_MS)
  beforeEach(async () => {
    await rm(join(shop.directory, "medusa-config.js"), { force: true })
    await cache.empty()
    await cache.provider().set({ key: "k", data: { from: "medusa" } })
    await cache
      .provider({ namespace: "other" })
      .set({ key: "k", data: { from: "other" } })
  })
  afterAll(async () => {
    await cache?.close()
    await shop?.remove()
  })

  const run = (
    args: string[],
    env: Record<string, string> = { DATABASE_URL: cache.url }
  ): Promise<CliResult> =>
    runCli(args, {
      cwd: shop.directory,
      env: { ...env, XDG_CONFIG_HOME: shop.configDirectory },
      path: join(shop.packageDirectory, "dist/src/cli/index.js"),
    })

  /** In TypeScript, which Node itself cannot load, and talkative. */
  const configure = ({ providers }: { providers: object[] }): Promise<void> =>
    writeFile(
      join(shop.directory, "medusa-config.ts"),
      `import { defineConfig } from "@medusajs/framework/utils"
       const url: string | undefined = process.env.DATABASE_URL
       console.log("what a configuration prints")
       module.exports = defineConfig({
         projectConfig: { databaseUrl: url, http: { jwtSecret: "s", cookieSecret: "s" } as never },
         featureFlags: { caching: true },
         modules: [{
           resolve: "@medusajs/medusa/caching",
           options: { providers: ${JSON.stringify(providers)} },
         }],
       })`
    )

  it("A command uses the cache that a medusa-config.ts registers, with the variables of .env.", async () => {
    await configure({
      providers: [
        { resolve: "./src/no-such-file", id: "foreign" },
        { ...OURS, id: "one", is_default: true },
        { ...OURS, id: "two", options: { namespace: "other" } },
      ],
    })
    const env = join(shop.directory, ".env")
    await writeFile(env, `DATABASE_URL=${cache.url}\n`)
    try {
      const { code, stdout, stderr } = await run(
        ["get", "k", "--provider", "two", "--json"],
        {}
      )
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: "what a configuration prints\n",
      })
      expect(JSON.parse(stdout)).toMatchObject({
        namespace: "other",
        value: { from: "other" },
      })
    } finally {
      await rm(env)
    }
  })

  it("A command uses the cache that a compiled medusa-config.js registers.", async () => {
    await writeFile(join(shop.directory, "medusa-config.js"), compiledConfig)
    const { stdout } = await run(["get", "k", "--json"], {
      DATABASE_URL: cache.url,
      NODE_ENV: "production",
      CACHE_OPTIONS: JSON.stringify({ namespace: "other" }),
    })
    expect(JSON.parse(stdout)).toMatchObject({ value: { from: "other" } })
  })

  it("A command recognizes the provider in a module of the shop that wraps it.", async () => {
    await writeFile(join(shop.directory, "medusa-config.js"), compiledConfig)
    const { code, stdout } = await run(["get", "k", "--json"], {
      DATABASE_URL: cache.url,
      NODE_ENV: "production",
      CACHE_RECORDING: join(shop.directory, "recording"),
    })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ value: { from: "medusa" } })
  })

  it("sweep evicts entries beyond the limits of the registration.", async () => {
    const provider = cache.provider()
    for (let n = 0; n < 40; n++) {
      await provider.set({ key: `k${n}`, data: {} })
    }
    await configure({
      providers: [{ ...OURS, id: "cache", options: { maxEntries: 10 } }],
    })
    const { stdout } = await run(["sweep", "--json"])
    expect((JSON.parse(stdout) as { evicted: number }).evicted).toBeGreaterThan(
      20
    )
  })

  it.each([
    [
      "registers several providers",
      [
        { ...OURS, id: "one", is_default: true },
        { ...OURS, id: "two", options: { namespace: "n" } },
      ],
      "error: medusa-config registers several providers; choose one with --provider: one, two",
    ],
    [
      "has wrong options",
      [{ ...OURS, id: "cache", options: { ttl: "soon", maxEntrys: 5 } }],
      'error: [caching-postgres] option "ttl": got \'soon\', allowed: seconds as a number, 0 or more (0 and Infinity: it never expires)\nerror: [caching-postgres] option "maxEntrys" does not exist, did you mean "maxEntries"?',
    ],
  ])(
    "A command says what is wrong when medusa-config %s.",
    async (_case, providers, complaint) => {
      await configure({ providers })
      expect(await run(["stats"])).toEqual({
        code: 1,
        stdout: "",
        stderr: `what a configuration prints\n${complaint}\n`,
      })
    }
  )

  it("A command says in one line why medusa-config cannot be loaded.", async () => {
    await writeFile(
      join(shop.directory, "medusa-config.ts"),
      'throw new Error("no secret is set")'
    )
    expect(await run(["stats"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "error: medusa-config cannot be loaded: no secret is set\n",
    })
  })

  it("In a shop's folder the doctor also examines the configuration.", async () => {
    await cache.provider().sweep()
    await configure({ providers: [{ ...OURS, id: "cache" }] })
    const { code, stdout } = await run(["doctor"], {
      DATABASE_URL: cache.url,
      MEDUSA_FF_CACHING: "false",
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^problem {2}feature flag: caching is off: Medusa caches nothing\n {9}-> Set .*\nok {7}registration: "cache", namespace "medusa"\nok {7}connection: /
    )
    expect(stdout).toMatch(/\nok {7}sweep: .*\n\n1 problem, 0 warnings\.\n$/)
  })

  it.each([
    [
      "what require returns",
      'require("medusa-caching-postgres")',
      /problem {2}registration: "cache": resolve is .*`moduleProviderServices is not iterable`\n {9}-> .*`resolve: "medusa-caching-postgres"`/,
    ],
    [
      "all that the package exports",
      "exported",
      /problem {2}registration: "cache": resolve is .*`moduleProviderServices is not iterable`/,
    ],
    [
      "the imported provider",
      "provider",
      /problem {2}registration: "cache": resolve is .*`AwilixResolutionError: Could not resolve '__providers__caching-postgres_cache'`\n {9}-> .*`resolve: "medusa-caching-postgres"`/,
    ],
  ])(
    "The doctor finds a problem if resolve is %s instead of a name.",
    async (_case, resolve, finding) => {
      await cache.provider().sweep()
      await configure({ providers: [{ resolve: "RESOLVE", id: "cache" }] })
      const path = join(shop.directory, "medusa-config.ts")
      const config = await readFile(path, "utf8")
      await writeFile(
        path,
        `import provider from "medusa-caching-postgres"
         import * as exported from "medusa-caching-postgres"
         ${config.replace('"RESOLVE"', resolve)}`
      )
      const { code, stdout } = await run(["doctor"])
      expect(code).toBe(1)
      expect(stdout).toMatch(finding)
      expect(stdout).toMatch(/\n\n1 problem, 0 warnings\.\n$/)
    }
  )

  it("The doctor finds a problem if two registrations share a namespace, and examines their database once.", async () => {
    await cache.provider().sweep()
    await configure({
      providers: [
        { ...OURS, id: "one", is_default: true },
        { ...OURS, id: "two", options: { namespace: "medusa" } },
        { ...OURS, id: "three", options: { namespace: "other" } },
      ],
    })
    const { code, stdout } = await run(["doctor"])
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\nproblem {2}registration: "one" and "two" have the same namespace on the same tables.*\n {9}-> Give each of them an option `namespace` of its own\.\n/
    )
    expect(stdout.match(/^ok +connection: /gm)).toHaveLength(1)
    expect(stdout).toMatch(/\n\n1 problem, 0 warnings\.\n$/)
  })

  it("The doctor warns of tables that are not logged as the option says, and finds a problem if two registrations that share tables differ in it.", async () => {
    await cache.provider().sweep()
    const options = { logged: true }
    await configure({ providers: [{ ...OURS, id: "one", options }] })
    const { code, stdout } = await run(["doctor"])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /\nwarning {2}storage: the option "logged" is true, and caching_postgres_entry, .* not logged\n {9}-> Run `npx medusa db:migrate`/
    )
    await configure({
      providers: [
        { ...OURS, id: "one", is_default: true, options },
        { ...OURS, id: "two", options: { namespace: "two" } },
      ],
    })
    const differing = await run(["doctor"])
    expect(differing.code).toBe(1)
    expect(differing.stdout).toMatch(
      /\nproblem {2}registration: "one" and "two" share their tables and differ in `logged`/
    )
  })

  it("An empty namespace that medusa-config names is no error, and a note names the others.", async () => {
    await configure({
      providers: [{ ...OURS, id: "cache", options: { namespace: "new" } }],
    })
    const { code, stdout, stderr } = await run(["stats"])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Entries +0 \(exact\)$/m)
    expect(stderr).toContain(
      "note: no entries in namespace new; namespaces with entries: medusa, other\n"
    )
  })
})

/** Does what a shop's ts-node does, which this repository has not installed. */
async function standInForTsNode(shop: ShopFolder): Promise<void> {
  const folder = join(shop.directory, "node_modules/ts-node")
  await mkdir(folder)
  await writeFile(
    join(folder, "index.js"),
    'exports.register = () => require("tsx/cjs/api").register()'
  )
}
