import { transformFile } from "@swc/core"
import { createHash } from "node:crypto"
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { NodeChild, type Exit, type OnLine } from "./child"
import {
  installPackedPackage,
  PACKAGE_NAME,
  REPOSITORY,
} from "./package-under-test"

const TEMPLATE = path.join(REPOSITORY, "integration-tests/shop")

/** Where the shop's packages come from: the ones that this repository installed, or another version of Medusa's. */
const MEDUSA_MODULES = path.resolve(
  process.env.MEDUSA_MODULES ?? path.join(REPOSITORY, "node_modules")
)
/** The complete configuration of a shop that needs PostgreSQL only. */
export const CONFIG_WITHOUT_REDIS = path.join(
  REPOSITORY,
  "examples/without-redis/medusa-config.ts"
)
const NOT_LINKED = [PACKAGE_NAME, ".package-lock.json", ".cache"]

export interface CommandOptions {
  readonly databaseUrl: string
  /** The provider's options, beside those of the template's medusa-config. */
  readonly cacheOptions?: Record<string, unknown>
  readonly env?: Record<string, string>
  readonly onLine?: OnLine
}

type CommandResult = Exit & Pick<NodeChild, "output" | "lines" | "summary">

/** A Medusa shop of its own folder that has this package installed from its tarball. */
export class ShopFolder {
  #running = new Set<NodeChild>()

  /** @param env of every command in this shop */
  constructor(
    readonly directory: string,
    private readonly env: Record<string, string> = {}
  ) {}

  get packageDirectory(): string {
    return path.join(this.directory, "node_modules", PACKAGE_NAME)
  }

  /** Where Medusa keeps what other programs keep in the user's home. */
  get configDirectory(): string {
    return path.join(this.directory, ".config")
  }

  /** Starts `medusa …` in the shop's folder. */
  spawn(args: string[], options: CommandOptions): NodeChild {
    const binary = path.join(this.directory, "node_modules/.bin/medusa")
    const child = new NodeChild([binary, ...args], {
      cwd: this.directory,
      env: { ...this.#env(options), ...options.env },
      onLine: options.onLine,
    })
    this.#running.add(child)
    void child.exited.finally(() => this.#running.delete(child))
    return child
  }

  /** Runs `medusa …` to its end, whatever that is. */
  async run(args: string[], options: CommandOptions): Promise<CommandResult> {
    const child = this.spawn(args, options)
    const exit = await child.exited
    const { output, lines, summary } = child
    return { ...exit, output, lines, summary }
  }

  /** Runs `medusa …` and throws when it fails. */
  async mustRun(
    args: string[],
    options: CommandOptions
  ): Promise<CommandResult> {
    const result = await this.run(args, options)
    if (result.code !== 0) {
      throw new Error(
        `medusa ${args.join(" ")} ended with ${result.code ?? result.signal}:\n${result.summary}`
      )
    }
    return result
  }

  /** 16 characters that differ for shops that may leave something else in a database: by their files and packages. */
  async fingerprint(): Promise<string> {
    const hash = createHash("sha256")
    const files = [
      path.join(this.directory, "medusa-config.js"),
      path.join(this.directory, "node_modules/@medusajs/medusa/package.json"),
      ...(await listFiles(path.join(this.directory, "src"))),
      ...(await listFiles(this.packageDirectory)),
    ]

    for (const file of files.sort()) {
      hash
        .update(path.relative(this.directory, file))
        .update(await readFile(file))
    }
    return hash.digest("hex").slice(0, 16)
  }

  /** Ends what still runs in the folder, and removes it. */
  async remove(): Promise<void> {
    await Promise.all([...this.#running].map((child) => child.stop()))
    await rm(this.directory, { recursive: true, force: true })
  }

  #env(options: CommandOptions): Record<string, string> {
    return {
      // The folder holds compiled JavaScript, as the output of `medusa build` does.
      NODE_ENV: "production",
      // An older Medusa looks for a provider from where its own files really are, which behind a link is not the shop.
      NODE_PATH: path.join(this.directory, "node_modules"),
      DATABASE_URL: options.databaseUrl,
      CACHE_OPTIONS: JSON.stringify(options.cacheOptions ?? {}),
      JWT_SECRET: "a secret of no shop",
      COOKIE_SECRET: "another secret of no shop",
      WITHOUT_HTTPS: "true",
      DISABLE_MEDUSA_ADMIN: "true",
      MEDUSA_DISABLE_TELEMETRY: "true",
      XDG_CONFIG_HOME: this.configDirectory,
      FORCE_COLOR: "0",
      ...this.env,
    }
  }
}

/**
 * Makes a shop out of the template in `integration-tests/shop`.
 *
 * @param config a file to take instead of the template's medusa-config
 * @param env of every command in this shop
 */
export async function createShopFolder(
  config = path.join(TEMPLATE, "medusa-config.ts"),
  env?: Record<string, string>
): Promise<ShopFolder> {
  const directory = await mkdtemp(path.join(tmpdir(), "caching-postgres-shop-"))
  const shop = new ShopFolder(directory, env)

  try {
    await Promise.all([
      compileTemplate(directory, config),
      linkPackages(shop),
      installPackedPackage(shop.packageDirectory),
      turnTelemetryOff(shop),
    ])
  } catch (error) {
    await shop.remove()
    throw error
  }
  return shop
}

async function compileTemplate(target: string, config: string): Promise<void> {
  const sources = await listFiles(TEMPLATE)
  await Promise.all(
    sources.map((source) =>
      compile(source, path.join(target, path.relative(TEMPLATE, source)))
    )
  )
  await compile(config, path.join(target, "medusa-config.ts"))
}

/** @param target with the extension of the source */
export async function compile(source: string, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  if (!source.endsWith(".ts")) {
    await cp(source, target)
    return
  }
  const { code } = await transformFile(source, {
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
    swcrc: false,
  })
  await writeFile(target.replace(/\.ts$/, ".js"), code)
}

/** What the variable of the environment leaves on: a process that outlives each command and tries to send. */
async function turnTelemetryOff(shop: ShopFolder): Promise<void> {
  const directory = path.join(shop.configDirectory, "medusa")
  await mkdir(directory, { recursive: true })
  await writeFile(
    path.join(directory, "config.json"),
    JSON.stringify({ telemetry: { enabled: false } })
  )
}

async function listFiles(directory: string): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const
  const entries = await readdir(directory, options)
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}

/** Every package but the one under test is a link to where it is installed already: installing a Medusa takes minutes. */
async function linkPackages(shop: ShopFolder): Promise<void> {
  const target = path.join(shop.directory, "node_modules")
  await mkdir(target, { recursive: true })

  const names = await readdir(MEDUSA_MODULES)
  const linked = names.filter((name) => !NOT_LINKED.includes(name))
  await Promise.all(
    linked.map((name) =>
      symlink(path.join(MEDUSA_MODULES, name), path.join(target, name))
    )
  )
}
