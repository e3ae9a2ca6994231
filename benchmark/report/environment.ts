import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import os from "node:os"
import path from "node:path"
import { Client } from "@medusajs/framework/pg"

/** On what and with which versions a run was made. */
export interface Environment {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly os: string
  readonly node: string
  readonly postgres: string
  readonly redis?: string
  readonly packages: Record<string, string>
}

const PACKAGES = ["@medusajs/caching-redis", "@medusajs/caching", "pg"]
const GIGABYTE = 2 ** 30

export async function describeEnvironment(
  databaseUrl: string,
  redis: string | undefined
): Promise<Environment> {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    memoryGb: Math.round(os.totalmem() / GIGABYTE),
    os: `${os.type()} ${os.machine()}`,
    node: process.version,
    postgres: await postgresVersion(databaseUrl),
    ...(redis && { redis }),
    packages: Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
  }
}

export function environmentAsText(environment: Environment): string {
  const { cpu, cores, memoryGb, node, postgres, redis, packages } = environment
  return [
    `${cpu}, ${cores} cores, ${memoryGb} GB; Node ${node}`,
    `PostgreSQL ${postgres}; ${redis ? `Redis ${redis}` : "no Redis"}`,
    Object.entries(packages)
      .map((nameAndVersion) => nameAndVersion.join(" "))
      .join("; "),
  ].join("\n")
}

async function postgresVersion(connectionString: string): Promise<string> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    const { rows } = await client.query<{ server_version: string }>(
      "show server_version"
    )
    return rows[0]!.server_version
  } finally {
    await client.end()
  }
}

/** Read from the file, for not every package exports its package.json. */
function version(name: string): string {
  const found = createRequire(__filename)
    .resolve.paths(name)
    ?.map((folder) => path.join(folder, name, "package.json"))
    .map(readVersion)
    .find(Boolean)
  return found ?? "unknown"
}

function readVersion(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string })
      .version
  } catch {
    return undefined
  }
}
