/** Prints by how many bytes the heap grows with what misses leave; to be run with --expose-gc. */
import { AsyncResource } from "node:async_hooks"
import { Misses } from ".."

const misses = new Misses()
const [keyLength, keys, count, hits] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
]

function heap(): number {
  globalThis.gc!()
  return process.memoryUsage().heapUsed
}

function requestWith(number: number): void {
  const reads = Array.from({ length: hits }, (_, hit) =>
    misses.read(`hit ${number} ${hit}`)
  )
  const read = misses.read(`${number % keys} `.padEnd(keyLength, "k"))
  misses.missed(read, { version: String(number), epoch: "1234567890" })
  reads.forEach((hit) => hit.hit())
}

requestWith(0)
const before = heap()
for (let number = 0; number < count; number++) {
  new AsyncResource("request").runInAsyncScope(() => requestWith(number))
}
process.stdout.write(String(heap() - before))
// Not collected before the heap was looked at.
misses.close()
