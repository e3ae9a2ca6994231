/**
 * A process that has nothing left to do while its near cache waits for a server that does not answer. It must end by
 * itself.
 *
 * Usage: node connecting-process.cjs <database URL> <URL of the near cache>
 */
const { builtProvider } = require("../provider/built-provider.cjs")

const [, , url, clientUrl] = process.argv
const provider = builtProvider(url, {
  nearCache: { clientUrl },
  // Longer than the test waits.
  pool: { connectionTimeoutMillis: 60_000 },
})

provider.get({ key: "k" }).then(
  (value) => console.log(JSON.stringify(value)),
  (error) => {
    console.error(error)
    process.exitCode = 1
  }
)
