/**
 * Fills the copies of a near cache with values of one shape after the other, and prints for each how many bytes were
 * counted and how many the heap has grown by. A process of its own, since nothing else may allocate meanwhile.
 *
 * Usage: node --expose-gc --single-threaded --import tsx heap-growth.ts <share: true or false> <seed>
 */
import { makeItem } from "../../../benchmark/workloads"
import { Random } from "../../../integration-tests/support/random"
import { Copies } from "../copies"

const MAX_BYTES = 4 * 1024 * 1024

let unique = 0
/** Never the same twice. */
const name = () => `prod_01J${String(unique++).padStart(10, "0")}`
const text = (length: number) => name().padEnd(length, "x")

const sparseNumber = () => String(100_000 + ((unique++ * 7_919) % 1_000_000))

function map(length: number, of: () => string, value: () => unknown = () => 1) {
  return Object.fromEntries(Array.from({ length }, () => [of(), value()]))
}

const LOCATIONS = Array.from({ length: 50 }, (_, index) => `location_${index}`)
const random = new Random(Number(process.argv[3]))
const some = <T>(all: readonly T[]) => all.filter(() => random.chance(0.25))

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  return depth === 0 ? 1 : wrap(nested(depth - 1, wrap))
}

type Shape = (index: number) => unknown

const list: Shape = (index) => makeItem("list", index).data

const shapes: Record<string, Shape> = {
  pages: (index) => makeItem("page", index).data,
  "lists of 27 KB": list,
  numbers: (index) => index,
  "short strings": () => text(20),
  "long strings": () => text(100_000),
  "wide strings": () => `€${text(2_000)}`,
  "many short strings": () => Array.from({ length: 200 }, () => text(15)),
  "many short wide strings": () =>
    Array.from({ length: 200 }, () => `€${text(15)}`),
  "many small numbers": () => Array.from({ length: 1_000 }, (_, n) => n),
  "many large integers": () =>
    Array.from({ length: 1_000 }, () => 1_700_000_000_000 + unique++),
  "many doubles": () => Array.from({ length: 1_000 }, (_, n) => n + 0.5),
  "objects of doubles": () =>
    Array.from({ length: 200 }, () => ({ x: 0.5, y: 1.5, z: 2.5 })),
  "doubles and others": () =>
    Array.from({ length: 500 }, (_, n) => [n + 0.5, null]),
  "arrays in arrays": () => nested(100, (inner) => [inner]),
  "objects in objects": () => nested(100, (inner) => ({ inner })),
  "empty objects and arrays": () => Array.from({ length: 500 }, () => [{}, []]),
  "maps with 1 unique name": () => map(1, name),
  "maps with 5 unique names": () => map(5, name),
  "maps with 30 unique names": () => map(30, name),
  "maps with 30 unique long names": () => map(30, () => text(200)),
  "maps with 100 unique names": () => map(100, name),
  "maps with 150 unique names": () => map(150, name),
  "maps with 1,000 unique names": () => map(1_000, name),
  "maps with 10,000 unique names": () => map(10_000, name),
  "maps of maps with unique names": () =>
    map(20, name, () => map(3, name, () => text(10))),
  "maps with some of the same names": () =>
    Object.fromEntries(some(LOCATIONS).map((location) => [location, 5])),
  "maps with the same 30 names": (index) =>
    Object.fromEntries(LOCATIONS.slice(0, 30).map((at) => [at, index])),
  "maps with the same 1,000 names": (index) =>
    Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`n${n}`, index])
    ),
  "maps with 30 numbers for names": () => map(30, sparseNumber),
  "maps with 1,000 numbers for names": () => map(1_000, sparseNumber),
  "maps with the numbers from 0": () =>
    Object.fromEntries(Array.from({ length: 100 }, (_, n) => [n, n])),
  "lists among maps with unique names": (index) =>
    index % 5 === 0 ? list(index) : map(1, name),
}

function heapBytes(): number {
  for (let round = 0; round < 4; round++) {
    global.gc!()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

interface Case {
  readonly make: Shape
  readonly tags?: readonly string[]
  /** Whether each value is asked for once, which parses it. */
  readonly isParsed?: boolean
}

function measure({ make, tags = [], isParsed = true }: Case) {
  const before = heapBytes()
  const copies = new Copies({ maxBytes: MAX_BYTES, ttl: 60, share })
  // Until the first is evicted.
  for (let index = 0; copies.count === index; index++) {
    const key = `key ${index}`
    const read = copies.beginRead()
    copies.keep(read, key, {
      id: String(index),
      // As it comes from a socket.
      json: Buffer.from(JSON.stringify(make(index))).toString(),
      tags: JSON.stringify(tags),
      seconds: 60,
    })
    copies.end(read)
    if (isParsed) {
      copies.get(key, performance.now())
    }
  }
  // First, so that the copies are still in use while the heap is measured.
  const grown = heapBytes() - before
  return { counted: copies.bytes, grown }
}

const share = process.argv[2] === "true"
const cases: Record<string, Case> = {
  ...Object.fromEntries(
    Object.entries(shapes).map(([shape, make]) => [shape, { make }])
  ),
  "numbers with 100 tags": {
    make: (index) => index,
    tags: Array.from({ length: 100 }, () => text(30)),
  },
  "pages that nobody asks for": { make: shapes.pages!, isParsed: false },
  "lists that nobody asks for": { make: list, isParsed: false },
  "wide strings that nobody asks for": {
    make: shapes["wide strings"]!,
    isParsed: false,
  },
}

const results = Object.entries(cases).map(([shape, one]) => ({
  shape,
  ...measure(one),
}))
process.stdout.write(JSON.stringify(results))
