/**
 * A process that, like Medusa 2.11, awaits neither a set nor a clear, and catches nothing, with a
 * database that is not there and a value that cannot be stored. Node ends a process with an
 * unhandled rejection.
 */
const { builtProvider } = require("./built-provider.cjs")

const provider = builtProvider(
  "postgres://127.0.0.1:1/none",
  {},
  { warn: console.log }
)

void provider.clear({ key: "k" })
void provider.set({ key: "k", data: {} })
void provider.set({ key: "big", data: { n: 1n } })
