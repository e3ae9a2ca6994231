import { OWNER } from "../integration-tests/support/shop"
import { Cleanup } from "../integration-tests/support/cleanup"
import { Narrator, seconds } from "./narrator"
import { setScene, type Scene } from "./scene"
import { tellStory } from "./story"

const INTERRUPTED = 130

/** `npm run demo`, and `npm run demo -- --keep`. */
async function main(): Promise<number> {
  const keep = process.argv.includes("--keep")
  const narrator = new Narrator()
  const cleanup = new Cleanup()
  const interrupted = onInterrupt()

  try {
    const played = play(narrator, cleanup, keep, interrupted)
    // What is cut short fails for want of what is being cleaned up: that is no news.
    played.catch(() => undefined)

    return await Promise.race([played, interrupted])
  } finally {
    await narrator.during("Cleaning up", () => cleanup.run())
  }
}

async function play(
  narrator: Narrator,
  cleanup: Cleanup,
  keep: boolean,
  interrupted: Promise<number>
): Promise<number> {
  const started = performance.now()
  narrator.say(
    "medusa-caching-postgres: a Medusa shop that caches in the PostgreSQL it already has"
  )
  narrator.say()

  const scene = await setScene(narrator, cleanup, keep)
  const problems = await tellStory(narrator, scene)

  narrator.say()
  for (const problem of problems) {
    narrator.say(`NOT AS EXPECTED: ${problem}`)
  }
  if (problems.length === 0) {
    narrator.say(
      `All as it should be: read, served from the cache, invalidated, read anew. ${seconds(performance.now() - started)} in all.`
    )
  }
  if (keep) {
    await keepRunning(narrator, scene, interrupted)
  }

  return problems.length === 0 ? 0 : 1
}

async function keepRunning(
  narrator: Narrator,
  { shop, databaseUrl }: Scene,
  interrupted: Promise<number>
): Promise<void> {
  narrator.say(`
The shop stays at ${shop.url} until you press Ctrl-C.

  The cache in the admin:  ${shop.url}/app/settings/cache
  user                     ${OWNER.email}
  password                 ${OWNER.password}

Try:

  # the list and a page, through the cache; the poster, which no change invalidates
  curl ${shop.url}/cached/products
  curl ${shop.url}/cached/products/<id>
  curl ${shop.url}/cached/poster

  # what the cache holds
  psql "${databaseUrl}" -c "select key, expires_at, left(data, 60) from caching_postgres_entry"

  # a change, as the admin makes it
  TOKEN=$(curl -s -H "content-type: application/json" -d '${JSON.stringify(OWNER)}' \\
    ${shop.url}/auth/user/emailpass | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -H "authorization: Bearer $TOKEN" -H "content-type: application/json" \\
    -d '{"title":"A new title"}' ${shop.url}/admin/products/<id>
`)

  const ended = shop.process.exited.then(() => {
    throw new Error(`The shop ended by itself:\n${shop.process.summary}`)
  })
  await Promise.race([interrupted, ended])
}

/** Waits for Ctrl-C; the second one ends at once. */
function onInterrupt(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve(INTERRUPTED))
    }
  })
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
    )
    process.exit(1)
  }
)
