/** Providers of the built package, as a shop runs it: for processes that do not compile TypeScript. */
const { join } = require("node:path")

const built = join(__dirname, "../../../dist/src")
const { resolveOptions } = require(join(built, "options"))
const { PostgresCachingProvider } = require(join(built, "services"))

/** @param logger what it lacks is not logged */
exports.builtProvider = (clientUrl, options = {}, logger = {}) => {
  const silent = { debug() {}, info() {}, warn() {}, error() {} }
  return new PostgresCachingProvider({
    logger: { ...silent, ...logger },
    cachingPostgresOptions: resolveOptions(options, {
      database: { clientUrl },
    }),
  })
}
