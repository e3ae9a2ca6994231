// Loaded before everything else in a shop's processes and in theirs. Standard input is a pipe from the test process
// that nothing is ever written to: it ends when that process ends, however it does, and so must the shop.
try {
  // The process's own: the build of an admin listens to it, too.
  const input = process.stdin
  input.on("error", () => process.exit(1))
  input.on("end", () => process.exit(1))
  input.resume()
  input.unref()
} catch {
  // Not a pipe: someone runs the shop by hand.
}
