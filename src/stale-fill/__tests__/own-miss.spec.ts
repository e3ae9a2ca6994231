import { AsyncLocalStorage } from "node:async_hooks"
import { BEFORE_ALL, MAX_FILL_MS, Misses } from ".."
import {
  apart,
  versionOf,
  fillApart,
  KEY,
  miss,
  missApart,
  request,
  setApart,
} from "./request"

let misses: Misses

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] })
  misses = new Misses()
})

afterEach(() => {
  misses.close()
  jest.useRealTimers()
})

describe("a set of its miss's own async context", () => {
  it("A set is checked against the last miss of its key in its own context.", () => {
    apart(() => {
      miss(misses, 1)
      misses.followedBy(KEY)
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(2))
    })
  })

  it("A set is not checked against misses that others had after its own.", () => {
    const one = request()
    one(() => miss(misses, 1))
    missApart(misses, 2)
    expect(one(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })

  it("A set follows its miss across awaits and reads of other keys.", async () => {
    const set = await apart(async () => {
      miss(misses, 2)
      await Promise.resolve()
      misses.read("other").hit()
      miss(misses, 3, "another")
      await Promise.resolve()
      return misses.followedBy(KEY)
    })
    expect(set).toEqual(versionOf(2))
  })

  it("Sets of parallel branches of one context are checked against the oldest of their open misses.", async () => {
    async function fill(number: number, turns: number) {
      miss(misses, number)
      for (let turn = 0; turn < turns; turn++) {
        await Promise.resolve()
      }
      return misses.followedBy(KEY)
    }
    const sets = apart(() => Promise.all([fill(1, 9), fill(2, 3), fill(3, 6)]))
    expect(await sets).toEqual([versionOf(1), versionOf(1), versionOf(1)])
  })

  it("A set follows neither a hit nor the miss of another key.", () => {
    apart(() => {
      misses.read(KEY).hit()
      miss(misses, 1, "other")
      expect(misses.followedBy(KEY)).toBeUndefined()
    })
  })

  it("A second set of a context follows the same miss, since callers in one request may share a get.", () => {
    apart(() => {
      miss(misses, 1)
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
    })
  })

  it("A second set follows no miss after a clear of its own context.", () => {
    apart(() => {
      miss(misses, 1)
      misses.followedBy(KEY)
      misses.cleared(false)
      expect(misses.followedBy(KEY)).toBeUndefined()
    })
  })

  it("A second set follows no miss when the first was longer ago than a fill may take.", () => {
    const one = request()
    one(() => miss(misses, 2))
    one(() => misses.followedBy(KEY))
    jest.advanceTimersByTime(MAX_FILL_MS + 1)
    expect(one(() => misses.followedBy(KEY))).toBeUndefined()
  })

  it("A first set follows its miss in spite of a clear of its own context.", () => {
    apart(() => {
      miss(misses, 1)
      misses.cleared(false)
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
    })
  })

  it("A set that comes later than a fill may take is always rejected.", () => {
    const one = request()
    one(() => miss(misses, 1, "one"))
    jest.advanceTimersByTime(MAX_FILL_MS)
    const other = request()
    other(() => miss(misses, 2))
    jest.advanceTimersByTime(1)
    expect(one(() => misses.followedBy("one"))).toBe(BEFORE_ALL)
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(2))
  })

  it("A set follows its miss after any number of hits in its context.", () => {
    apart(() => {
      miss(misses, 1)
      for (let number = 0; number < 1_000; number++) {
        misses.read(`hit ${number}`).hit()
      }
      missApart(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
    })
  })

  it("A context that has missed many keys still knows its last 50.", () => {
    apart(() => {
      for (let number = 0; number <= 120; number++) {
        // What a set follows whose context does not know its miss.
        fillApart(misses, 1, 0, `key ${number}`)
        miss(misses, 2, `key ${number}`)
      }
      for (let number = 71; number <= 120; number++) {
        expect(misses.followedBy(`key ${number}`)).toEqual(versionOf(2))
      }
    })
  })

  it.each(["run", "exit"] as const)(
    "A get within another AsyncLocalStorage.%s is known to the set or counts as one of another context.",
    async (method) => {
      const tracing = new AsyncLocalStorage<number>()
      const get = async () => {
        miss(misses, 1)
        await Promise.resolve()
      }
      const set = await apart(async () => {
        await (method === "run" ? tracing.run(1, get) : tracing.exit(get))
        missApart(misses, 2)
        return misses.followedBy(KEY)
      })
      expect(set).toEqual(versionOf(1))
    }
  )
})

describe("a set whose caller may have joined an older load", () => {
  it("A set is checked against an older miss of its key that is unfilled.", () => {
    const [one, other] = [request(), request()]
    one(() => miss(misses, 1))
    jest.advanceTimersByTime(20_000)
    other(() => miss(misses, 2))
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(1))
    expect(one(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })

  it("A set is checked against an older miss that was filled only after its own.", () => {
    const [one, other] = [request(), request()]
    one(() => miss(misses, 1))
    other(() => miss(misses, 2))
    one(() => misses.followedBy(KEY))
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })

  it("A set is not checked against a miss that was filled before its own.", () => {
    fillApart(misses, 1)
    const other = request()
    other(() => miss(misses, 2))
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(2))
  })

  it("A load that fails has only the next fill of its key checked against its miss.", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(1_000)
    const one = request()
    one(() => miss(misses, 2))
    expect(one(() => misses.followedBy(KEY))).toEqual(versionOf(1))
    const other = request()
    other(() => miss(misses, 3))
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(3))
  })

  it("A fill leaves open what was missed at about the same time, whose load may begin later.", () => {
    const [one, other] = [request(), request()]
    missApart(misses, 1)
    one(() => miss(misses, 2))
    one(() => misses.followedBy(KEY))
    other(() => miss(misses, 3))
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })

  it("An unfilled miss is open for as long as a fill may take and no longer.", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(MAX_FILL_MS + 1)
    apart(() => {
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(2))
    })
  })

  it("A context that has cleared and missed anew is not checked against its own earlier miss.", () => {
    apart(() => {
      miss(misses, 1)
      misses.cleared(false)
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(2))
    })
  })

  it("A context that has cleared and missed anew is checked against the open miss of another.", () => {
    missApart(misses, 1)
    apart(() => {
      miss(misses, 1)
      misses.cleared(false)
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
    })
  })

  it("A set is always rejected when an older miss was of records that are lost.", () => {
    apart(() => misses.missed(misses.read(KEY), { version: "9", epoch: "6" }))
    apart(() => {
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toBe(BEFORE_ALL)
    })
  })

  it("A set is checked against the older of two misses whose answers came in the wrong order.", () => {
    missApart(misses, 10)
    missApart(misses, 9)
    expect(setApart(misses)).toEqual(versionOf(9))
  })
})

describe("a get that got no answer", () => {
  it("An answer that comes after its caller has gone on makes its miss no newer.", () => {
    apart(() => {
      const read = misses.read(KEY)
      misses.missed(read, versionOf(1))
      misses.missed(read, versionOf(2))
      expect(misses.followedBy(KEY)).toEqual(versionOf(1))
    })
  })
})

describe("after this process has cleared everything", () => {
  it("A context that has cleared everything follows no miss from before.", () => {
    apart(() => {
      miss(misses, 1)
      misses.cleared(true)
      expect(misses.followedBy(KEY)).toBeUndefined()
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(versionOf(2))
    })
  })

  it("A miss from before a clear of everything counts for sets of its own context only.", () => {
    const other = request()
    other(() => miss(misses, 1))
    apart(() => misses.cleared(true))
    expect(setApart(misses)).toBeUndefined()
    expect(other(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })
})
