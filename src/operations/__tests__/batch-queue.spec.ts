import {
  BatchQueue,
  type BatchQueueOptions,
  type Call,
  countWithin,
} from "../batch-queue"

interface TestCall extends Call {
  id: number
}

/** A queue whose batches end when the test says so. */
function testQueue(
  concurrency: number,
  most = Infinity,
  limits: Partial<BatchQueueOptions<TestCall>> = {}
) {
  const batches: number[][] = []
  const ends: (() => void)[] = []
  const queue = new BatchQueue<TestCall>({
    concurrency,
    capacity: Infinity,
    ...limits,
    batchSize: ({ length }) => Math.min(length, most),
    run: async (batch) => {
      batches.push(batch.map((call) => call.id))
      await new Promise<void>((resolve) => ends.push(resolve))
      batch.forEach((call) => call.resolve())
    },
  })
  const push = (id: number, mustRun = false) =>
    new Promise<void>((resolve, reject) =>
      queue.push({ id, mustRun, resolve, reject })
    )
  return { batches, ends, push }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("a batch queue", () => {
  it("A batch queue runs a call that waits for no other without a timer.", async () => {
    const { batches, push } = testQueue(1)
    void push(1)
    await Promise.resolve()
    expect(batches).toEqual([[1]])
  })

  it("A batch queue batches calls made at once, and those that come while a batch is running.", async () => {
    const { batches, ends, push } = testQueue(1)
    void push(1)
    void push(2)
    await settled()
    void push(3)
    await settled()
    void push(4)
    await settled()
    expect(batches).toEqual([[1, 2]])
    ends[0]!()
    await settled()
    expect(batches).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it("A batch queue runs no more batches at once than its concurrency.", async () => {
    const { batches, ends, push } = testQueue(2, 1)
    void Promise.all([1, 2, 3].map((id) => push(id)))
    await settled()
    expect(batches).toEqual([[1], [2]])
    ends[1]!()
    await settled()
    expect(batches).toEqual([[1], [2], [3]])
  })

  it("A batch queue settles each call with its batch.", async () => {
    const { ends, push } = testQueue(1)
    const call = push(1)
    await settled()
    ends[0]!()
    await call
  })

  it("A batch queue rejects a call if as many calls as its capacity are waiting, unless that call must run.", async () => {
    const { batches, ends, push } = testQueue(1, 1, { capacity: 2 })
    const first = push(1)
    await settled()
    const others = [push(2), push(3)]
    await expect(push(4)).rejects.toThrow("2 calls are waiting already")
    others.push(push(5, true))
    for (let id = 1; id <= 4; id++) {
      ends.shift()!()
      await settled()
    }
    await Promise.all([first, ...others])
    expect(batches).toEqual([[1], [2], [3], [5]])
  })

  it.each([
    ["does not run it later", false, [[1], [3]]],
    ["runs one that must run later, too", true, [[1], [2], [3]]],
  ])(
    "A batch queue rejects a call that is not answered in time, running or waiting, and %s.",
    async (_, mustRun, carriedOut) => {
      const { batches, ends, push } = testQueue(1, 1, { timeoutMillis: 50 })
      const rejected = [1, 2].map((id) =>
        expect(push(id, mustRun)).rejects.toThrow("no answer within 50 ms")
      )
      await Promise.all(rejected)
      const next = push(3)
      while (batches.flat().at(-1) !== 3) {
        ends.shift()!()
        await settled()
      }
      ends.shift()!()
      await next
      expect(batches).toEqual(carriedOut)
    }
  )
})

describe("the size of a batch", () => {
  const limits = { calls: 3, weight: 10 }
  const count = (weights: (number | undefined)[]) =>
    countWithin(weights, limits, (weight) => weight)

  it.each([
    ["all that fit", [1, 2, 3], 3],
    ["no more calls than the limit", [1, 1, 1, 1], 3],
    ["no more weight than the limit", [5, 5, 1], 2],
    ["a first call that is too heavy, alone", [50, 1], 1],
    ["none after one that cannot go along", [1, undefined, 1], 1],
  ])("A batch takes %s.", (_, weights, expected) => {
    expect(count(weights)).toBe(expected)
  })
})
