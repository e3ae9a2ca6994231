import { readFileSync } from "node:fs"
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { runCli } from "../support/cli/run-cli"
import {
  installPackedPackage,
  PACKAGE_NAME,
  REPOSITORY,
} from "../support/shop/package-under-test"
import { createTestDatabase } from "../support/postgres/test-database"

const COMMANDS = ["stats", "list", "get", "tags", "clear", "sweep", "doctor"]
const UNREACHABLE = "postgres://shop:secret@127.0.0.1:1/none"

/** A call of each command that needs a database. */
const CALLS: [command: string, ...rest: string[]][] = [
  ["stats"],
  ["list"],
  ["get", "k"],
  ["tags", "t"],
  ["clear", "--key", "k"],
  ["sweep"],
]

describe("the command line", () => {
  it("--help lists every command, and examples.", async () => {
    const { code, stdout } = await runCli(["--help"])
    expect(code).toBe(0)
    for (const command of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"))
    }
    expect(stdout).toContain("$ npx medusa-caching-postgres stats")
  })

  it("Each command has a --help.", async () => {
    for (const command of COMMANDS) {
      const { code, stdout } = await runCli([command, "--help"])
      expect(code).toBe(0)
      expect(stdout).toContain(`Usage: medusa-caching-postgres ${command}`)
      expect(stdout).toContain("--database-url <url>")
    }
  })

  it("--version prints the version of the package.", async () => {
    const { version } = JSON.parse(
      readFileSync(join(__dirname, "../../package.json"), "utf8")
    ) as { version: string }
    expect(await runCli(["--version"])).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    })
  })

  it.each([
    ["an unknown command", ["stat"], /^error: unknown command 'stat'/],
    ["an unknown option", ["stats", "--jsn"], /^error: unknown option '--jsn'/],
    ["no key", ["get"], /^error: missing required argument 'key'/],
    [
      "a limit of nothing",
      ["tags", "t", "--limit", "0"],
      /'0' is invalid. Allowed: a whole number, 1 or more/,
    ],
    [
      "two orders",
      ["list", "--oldest", "--largest", "--database-url", UNREACHABLE],
      /^error: give one of --oldest and --largest\n$/,
    ],
    [
      "no shop and no database",
      ["stats"],
      /^error: no medusa-config.ts or .js in this folder: run it in the shop's folder, or give --database-url\n$/,
    ],
    [
      "a namespace without a database",
      ["stats", "--namespace", "n"],
      /^error: --schema and --namespace go with --database-url/,
    ],
    [
      "a registration with a database",
      ["stats", "--database-url", UNREACHABLE, "--provider", "p"],
      /^error: --provider .* does not go with --database-url\n$/,
    ],
    [
      "a URL of another database, which is not shown",
      ["stats", "--database-url", "mysql://shop:secret@host/shop"],
      /^error: --database-url: got something else, allowed: a postgres:\/\/ URL\n$/,
    ],
    [
      "a schema that cannot be one",
      ["stats", "--database-url", UNREACHABLE, "--schema", "My schema"],
      /^error: --schema: got 'My schema', allowed: a lower-case identifier/,
    ],
  ])(
    "The command line refuses %s with one line.",
    async (_case, args, complaint) => {
      const { code, stdout, stderr } = await runCli(args)
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
      expect(stderr).toMatch(complaint)
    }
  )

  it.each(CALLS)(
    "%s says in one line that the database cannot be reached, without its password.",
    async (...call) => {
      const args = [...call, "--database-url", UNREACHABLE]
      expect(await runCli(args)).toEqual({
        code: 1,
        stdout: "",
        stderr:
          "error: cannot connect to postgres://shop:***@127.0.0.1:1/none: connect ECONNREFUSED 127.0.0.1:1\n",
      })
    }
  )

  it.each<[string, string[], object]>([
    [
      "an unknown option",
      ["stats", "--jsn", "--json"],
      { message: expect.stringContaining("--jsn") as string, code: "usage" },
    ],
    [
      "no shop and no database",
      ["stats", "--json"],
      {
        message: expect.stringContaining("medusa-config") as string,
        code: "usage",
      },
    ],
    [
      "a database that cannot be reached",
      ["stats", "--json", "--database-url", UNREACHABLE],
      {
        message:
          "cannot connect to postgres://shop:***@127.0.0.1:1/none: connect ECONNREFUSED 127.0.0.1:1",
        code: "ECONNREFUSED",
      },
    ],
  ])(
    "With --json %s is an error as JSON on stdout beside its line on stderr.",
    async (_case, args, error) => {
      const { code, stdout, stderr } = await runCli(args)
      expect({ code, stdout: JSON.parse(stdout) as unknown }).toEqual({
        code: 1,
        stdout: { error },
      })
      expect(stderr).toMatch(/^error: [^\n]+\n/)
    }
  )

  it("Help and version need no Medusa; all other commands say in one line that it is missing.", async () => {
    const folder = await installWithoutMedusa()
    const run = (...args: string[]) =>
      runCli(args, { cwd: folder, path: join(folder, CLI) })
    try {
      expect(await run("--version")).toMatchObject({ code: 0, stderr: "" })
      expect(await run("stats", "--help")).toMatchObject({
        code: 0,
        stderr: "",
      })
      await writeFile(join(folder, "medusa-config.js"), "module.exports = {}")
      for (const args of [
        ["doctor"],
        ["stats", "--database-url", UNREACHABLE],
        ["doctor", "--database-url", UNREACHABLE],
      ]) {
        expect(await run(...args)).toEqual({
          code: 1,
          stdout: "",
          stderr: expect.stringMatching(
            /^error: @medusajs\/framework is not installed, or too old: .*npm install @medusajs\/framework\n$/
          ) as string,
        })
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it("DEBUG=1 adds the stack of an error, without the password.", async () => {
    const { stderr } = await runCli(["stats", "--database-url", UNREACHABLE], {
      env: { DEBUG: "1" },
    })
    expect(stderr).toMatch(/\n {4}at /)
    expect(stderr).not.toContain("secret")
  })

  it("Each command says in one line that there are no tables.", async () => {
    const database = await createTestDatabase()
    try {
      for (const call of CALLS) {
        const result = await runCli([...call, "--database-url", database.url])
        expect({ ...result, call }).toEqual({
          call,
          code: 1,
          stdout: "",
          stderr: expect.stringMatching(
            /^error: .*(relation "public\.caching_postgres_\w+" does not exist\. .* doctor|the tables are missing ).*\n$/
          ) as string,
        })
      }
    } finally {
      await database.drop()
    }
  })
})

const CLI = join("node_modules", PACKAGE_NAME, "dist/src/cli/index.js")

/** The package and its dependencies, but not the peer dependency. */
async function installWithoutMedusa(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "caching-postgres-cli-"))
  const target = join(folder, "node_modules", PACKAGE_NAME)
  await installPackedPackage(target)
  const { dependencies } = JSON.parse(
    readFileSync(join(REPOSITORY, "package.json"), "utf8")
  ) as { dependencies: Record<string, string> }
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, "node_modules", name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(REPOSITORY, "node_modules", name), link)
  }
  return folder
}
