// Loaded before everything else in a shop's processes and in theirs. Standard input is a pipe from the test process
// that nothing is ever written to: it ends when that process ends, however it does, and so must the shop.
const { Socket } = require("node:net")

try {
  const input = new Socket({ fd: 0, readable: true, writable: false })
  input.on("error", () => process.exit(1))
  input.on("end", () => process.exit(1))
  input.resume()
  input.unref()
} catch {
  // Not a pipe: someone runs the shop by hand.
}
