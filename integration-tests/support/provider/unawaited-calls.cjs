/**
 * A process that, like Medusa 2.11, awaits neither a set nor a clear, and catches nothing, with a
 * database that is not there and a value that cannot be stored. Node ends a process with an
 * unhandled rejection.
 */
const { join } = require("node:path")

const built = join(__dirname, "../../../dist/src")
const { resolveOptions } = require(join(built, "options"))
const { PostgresCachingProvider } = require(join(built, "services"))

const logger = { warn: (line) => console.log(line), debug: () => {} }
const provider = new PostgresCachingProvider({
  logger,
  cachingPostgresOptions: resolveOptions(
    {},
    { database: { clientUrl: "postgres://127.0.0.1:1/none" } }
  ),
})

void provider.clear({ key: "k" })
void provider.set({ key: "k", data: {} })
void provider.set({ key: "big", data: { n: 1n } })
