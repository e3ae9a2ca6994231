import { MAX_FILL_MS, Misses } from ".."
import { keepsContext } from "../async-contexts"
import {
  apart,
  versionOf,
  fillApart,
  KEY,
  MIN_LOAD_MS,
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

describe("a set without a miss of its own", () => {
  it("A set follows no miss where nobody has missed its key.", () => {
    missApart(misses, 1, "other")
    expect(setApart(misses)).toBeUndefined()
  })

  it("Sets of other contexts all follow the oldest unfilled miss.", () => {
    missApart(misses, 1)
    missApart(misses, 2)
    for (let set = 0; set < 4; set++) {
      expect(setApart(misses)).toEqual(versionOf(1))
    }
  })

  it("Sets follow the miss of the caller whose get they shared after that one has set.", () => {
    const asks = request()
    asks(() => miss(misses, 1))
    asks(() => misses.followedBy(KEY))
    missApart(misses, 2)
    for (let other = 0; other < 5; other++) {
      expect(setApart(misses)).toEqual(versionOf(1))
    }
  })

  it("A set follows a filled miss for five times as long as its load took.", () => {
    fillApart(misses, 1, 4_000)
    jest.advanceTimersByTime(20_000)
    expect(setApart(misses)).toEqual(versionOf(1))
    jest.advanceTimersByTime(1)
    expect(setApart(misses)).toBeUndefined()
  })

  it("A set follows a filled miss for at least as long as the longest load known.", () => {
    fillApart(misses, 1, 30_000, "slow")
    fillApart(misses, 2, 50)
    jest.advanceTimersByTime(30_000)
    expect(setApart(misses)).toEqual(versionOf(2))
  })

  it("A set of a job follows no miss that was filled some seconds ago.", () => {
    fillApart(misses, 1, 50)
    jest.advanceTimersByTime(MIN_LOAD_MS + 1)
    expect(setApart(misses)).toBeUndefined()
  })

  it("A set follows an unfilled miss for a whole minute where no load is known.", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(MAX_FILL_MS)
    expect(setApart(misses)).toEqual(versionOf(1))
    missApart(misses, 2)
    jest.advanceTimersByTime(1)
    expect(setApart(misses)).toEqual(versionOf(2))
  })

  it.each([
    ["follows", 5_000, versionOf(2)],
    ["no longer follows", 5_001, undefined],
  ])(
    "Where the longest load known took 1,000 ms a set %s a miss that is unfilled for %i ms.",
    (_, millis, position) => {
      fillApart(misses, 1, 1_000, "other")
      missApart(misses, 2)
      jest.advanceTimersByTime(millis)
      expect(setApart(misses)).toEqual(position)
    }
  )

  it.each([
    ["is known", [299_000], versionOf(2)],
    ["is known", [301_000], versionOf(2)],
    ["is forgotten", [601_000], undefined],
    ["is forgotten", [301_000, 301_000], undefined],
  ])(
    "A load of 10,000 ms %s when others follow it after %j ms.",
    (_, pauses, position) => {
      fillApart(misses, 1, 10_000, "other")
      for (const millis of pauses) {
        jest.advanceTimersByTime(millis)
        fillApart(misses, 1, 100, "another")
      }
      missApart(misses, 2)
      jest.advanceTimersByTime(40_000)
      expect(setApart(misses)).toEqual(position)
    }
  )

  it("Sets of other contexts do not say how long loads take where contexts keep their misses.", () => {
    fillApart(misses, 1, 50, "other")
    missApart(misses, 2)
    jest.advanceTimersByTime(MIN_LOAD_MS)
    setApart(misses)
    jest.advanceTimersByTime(1)
    expect(setApart(misses)).toEqual(keepsContext() ? undefined : versionOf(2))
  })

  it("Where no context keeps its miss, the sets of others say how long loads take.", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(50)
    setApart(misses)
    jest.advanceTimersByTime(MIN_LOAD_MS)
    missApart(misses, 2)
    expect(setApart(misses)).toEqual(versionOf(2))
  })

  it("A set follows no miss from before its own context's clear.", () => {
    missApart(misses, 1)
    const one = request()
    one(() => misses.cleared(false))
    expect(one(() => misses.followedBy(KEY))).toBeUndefined()
    missApart(misses, 2)
    expect(one(() => misses.followedBy(KEY))).toEqual(versionOf(2))
    expect(setApart(misses)).toEqual(versionOf(1))
  })

  it("A set follows a miss in spite of a clear of another context.", () => {
    missApart(misses, 1)
    apart(() => misses.cleared(false))
    expect(setApart(misses)).toEqual(versionOf(1))
  })

  it.each([
    ["first", [0, 1]],
    ["last", [1, 0]],
  ])(
    "A caller that shared a get and sets %s follows the miss of the one that asked.",
    (_, order) => {
      const callers = [request(), request()]
      callers[0]!(() => miss(misses, 1))
      for (const caller of order) {
        expect(callers[caller]!(() => misses.followedBy(KEY))).toEqual(
          versionOf(1)
        )
      }
    }
  )

  it("A set follows a get that is under way only when it has missed.", () => {
    const read = apart(() => misses.read(KEY))
    expect(setApart(misses)).toBeUndefined()
    misses.missed(read, versionOf(1))
    expect(setApart(misses)).toEqual(versionOf(1))
  })

  it("A set follows the miss of a caller that it shares a get with in one context.", async () => {
    let asked: Promise<void> | undefined
    async function ask() {
      miss(misses, 1)
      await Promise.resolve()
    }
    async function fill() {
      await (asked ??= ask())
      return misses.followedBy(KEY)
    }
    const sets = await apart(() => Promise.all([fill(), fill()]))
    expect(sets).toEqual([versionOf(1), versionOf(1)])
  })
})

describe("where there are more misses than fit", () => {
  /** Of a key of half a megabyte 9 misses at most are remembered. */
  const long = (number: number) => String(number).padEnd(450_000, "k")

  it("A set of any key follows the oldest of the misses that were dropped, unless it has a miss of its own.", () => {
    for (let number = 1; number <= 12; number++) {
      missApart(misses, number, long(number))
    }
    expect(setApart(misses, long(1))).toEqual(versionOf(1))
    expect(setApart(misses, "never missed")).toEqual(versionOf(1))
    apart(() => {
      miss(misses, 13)
      expect(misses.followedBy(KEY)).toEqual(versionOf(13))
    })
  })

  it("The version that stands for dropped misses advances while misses go on.", () => {
    for (let number = 1; number <= 200; number++) {
      missApart(misses, number, long(number))
      jest.advanceTimersByTime(1_000)
    }
    expect(Number(setApart(misses, "never missed")!.version)).toBeGreaterThan(
      120
    )
  })

  it("Misses of one key with ever new versions take little room and their version advances.", () => {
    for (let number = 1; number <= 10_000; number++) {
      missApart(misses, number)
      jest.advanceTimersByTime(20)
    }
    expect(Number(setApart(misses)!.version)).toBeGreaterThan(6_900)
    expect(setApart(misses, "never missed")).toBeUndefined()
  })

  it("The version that stands for dropped misses expires.", () => {
    for (let number = 1; number <= 12; number++) {
      missApart(misses, number, long(number))
    }
    jest.advanceTimersByTime(MAX_FILL_MS + 1)
    expect(setApart(misses, "never missed")).toBeUndefined()
  })

  it("A context still knows a miss of its own that was dropped.", () => {
    const one = request()
    one(() => miss(misses, 1))
    for (let number = 2; number <= 14; number++) {
      missApart(misses, number, long(number))
    }
    expect(one(() => misses.followedBy(KEY))).toEqual(versionOf(1))
  })
})
