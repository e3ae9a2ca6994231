import { AsyncResource } from "node:async_hooks"
import { BEFORE_ALL, LONGEST_FILL_MS, Misses, type Position } from ".."

const KEY = "product"
const REMEMBERED = 20_000

const at = (number: number): Position => ({ at: String(number), era: "7" })

/** Runs as a request of its own, whatever the test has read before. */
const apart = <T>(run: () => T): T =>
  new AsyncResource("request").runInAsyncScope(run)

/** A request that goes on after its first part. */
function request() {
  const resource = new AsyncResource("request")
  return <T>(run: () => T): T => resource.runInAsyncScope(run)
}

function miss(misses: Misses, number: number, key = KEY): void {
  misses.missed(misses.read(key), at(number))
}

/** A miss elsewhere, of which the flow that sets knows nothing. */
const missApart = (misses: Misses, number: number, key = KEY) =>
  apart(() => miss(misses, number, key))

let misses: Misses

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask"] })
  misses = new Misses()
})

afterEach(() => {
  misses.close()
  jest.useRealTimers()
})

describe("a set follows the miss of its own flow", () => {
  it("though others have missed before and after", () => {
    const [one, other] = [request(), request()]
    one(() => miss(misses, 1))
    other(() => miss(misses, 2))
    missApart(misses, 3)
    expect(other(() => misses.followedBy(KEY))).toEqual(at(2))
    expect(one(() => misses.followedBy(KEY))).toEqual(at(1))
  })

  it("across what is awaited between them, and what is read meanwhile", async () => {
    missApart(misses, 1)
    const set = await apart(async () => {
      miss(misses, 2)
      await Promise.resolve()
      misses.read("other").hit()
      miss(misses, 3, "another")
      await Promise.resolve()
      return misses.followedBy(KEY)
    })
    expect(set).toEqual(at(2))
  })

  it("in parts of a flow that go side by side", async () => {
    async function fill(number: number, turns: number) {
      miss(misses, number)
      for (let turn = 0; turn < turns; turn++) {
        await Promise.resolve()
      }
      return misses.followedBy(KEY)
    }
    const sets = apart(() => Promise.all([fill(1, 9), fill(2, 3), fill(3, 6)]))
    expect(await sets).toEqual([at(1), at(2), at(3)])
  })

  it("and the last of several", () => {
    apart(() => {
      miss(misses, 1)
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(at(2))
    })
  })

  it("and not a hit, nor the miss of another key", () => {
    apart(() => {
      misses.read(KEY).hit()
      miss(misses, 1, "other")
      expect(misses.followedBy(KEY)).toBeUndefined()
    })
  })

  it("and so does a second one: it may be of another part of the flow that shared the get", () => {
    apart(() => {
      miss(misses, 1)
      expect(misses.followedBy(KEY)).toEqual(at(1))
      expect(misses.followedBy(KEY)).toEqual(at(1))
    })
  })

  it("but for a second one behind a clear of the same flow, or long after", () => {
    apart(() => {
      miss(misses, 1)
      misses.followedBy(KEY)
      jest.advanceTimersByTime(1)
      misses.cleared(false)
      expect(misses.followedBy(KEY)).toBeUndefined()
    })
    apart(() => {
      miss(misses, 2, "other")
      misses.followedBy("other")
      jest.advanceTimersByTime(LONGEST_FILL_MS + 1)
      expect(misses.followedBy("other")).toBeUndefined()
    })
  })

  it("also behind a clear of the same flow, if it is the first", () => {
    apart(() => {
      miss(misses, 1)
      jest.advanceTimersByTime(1)
      misses.cleared(false)
      expect(misses.followedBy(KEY)).toEqual(at(1))
    })
  })

  it("and is too late for whatever was cleared, where that is too long ago", () => {
    const one = request()
    one(() => miss(misses, 1))
    jest.advanceTimersByTime(LONGEST_FILL_MS)
    const other = request()
    other(() => miss(misses, 2))
    jest.advanceTimersByTime(1)
    expect(one(() => misses.followedBy(KEY))).toBe(BEFORE_ALL)
    expect(other(() => misses.followedBy(KEY))).toEqual(at(2))
  })

  it("in a flow with many reads between them, as long as those can be told apart", () => {
    const read = (count: number) => {
      for (let number = 0; number < count; number++) {
        misses.missed(misses.read(`other ${number}`), at(9))
      }
    }
    missApart(misses, 1)
    apart(() => {
      miss(misses, 2)
      read(49)
      expect(misses.followedBy(KEY)).toEqual(at(2))
    })
    apart(() => {
      miss(misses, 3)
      read(50)
      // As if another flow had made it: the oldest counts.
      expect(misses.followedBy(KEY)).toEqual(at(1))
    })
  })

  it("in a flow with any number of hits between them", () => {
    apart(() => {
      miss(misses, 1)
      for (let number = 0; number < 1_000; number++) {
        misses.read(`hit ${number}`).hit()
      }
      missApart(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(at(1))
    })
  })
})

describe("a set whose flow has missed nothing", () => {
  it("follows none where nobody has missed its key", () => {
    missApart(misses, 1, "other")
    expect(apart(() => misses.followedBy(KEY))).toBeUndefined()
  })

  it("follows the oldest miss of its key, as of a wrapper that reads in a flow of its own", () => {
    missApart(misses, 1)
    missApart(misses, 2)
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(2))
  })

  it("follows the last one, where all are used up", () => {
    missApart(misses, 1)
    missApart(misses, 2)
    for (const number of [1, 2, 2, 2]) {
      expect(apart(() => misses.followedBy(KEY))).toEqual(at(number))
    }
  })

  it("does not use one up that was filled by the caller that asked", () => {
    const asks = request()
    asks(() => miss(misses, 1))
    asks(() => misses.followedBy(KEY))
    missApart(misses, 2)
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
  })

  it("follows none from before its own flow's clear", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(1)
    const one = request()
    one(() => misses.cleared(false))
    expect(one(() => misses.followedBy(KEY))).toBeUndefined()
    jest.advanceTimersByTime(1)
    missApart(misses, 2)
    expect(one(() => misses.followedBy(KEY))).toEqual(at(2))
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
  })

  it.each([
    ["first", [0, 1]],
    ["last", [1, 0]],
  ])(
    "follows that of another caller with which it shares a get, which sets %s",
    (_, order) => {
      const callers = [request(), request()]
      callers[0]!(() => miss(misses, 1))
      for (const caller of order) {
        expect(callers[caller]!(() => misses.followedBy(KEY))).toEqual(at(1))
      }
    }
  )

  it("follows it, too, where many share it, once the one that asked has set", () => {
    const asks = request()
    asks(() => miss(misses, 1))
    asks(() => misses.followedBy(KEY))
    for (let other = 0; other < 5; other++) {
      expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
    }
  })

  it("follows one that is not yet too long ago", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(LONGEST_FILL_MS / 2)
    missApart(misses, 2)
    jest.advanceTimersByTime(LONGEST_FILL_MS / 2 + 1)
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(2))
  })

  it("follows a get that is under way only when it has missed", () => {
    const read = apart(() => misses.read(KEY))
    expect(apart(() => misses.followedBy(KEY))).toBeUndefined()
    misses.missed(read, at(1))
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
  })
})

describe("a get that got no answer", () => {
  it("is a miss at what was known before it", () => {
    missApart(misses, 4, "other")
    apart(() => {
      misses.failed(misses.read(KEY))
      expect(misses.followedBy(KEY)).toEqual(at(4))
    })
  })

  it("is before everything where nothing was known", () => {
    apart(() => {
      misses.failed(misses.read(KEY))
      expect(misses.followedBy(KEY)).toBe(BEFORE_ALL)
    })
  })
})

describe("after everything was cleared", () => {
  it("what the flow that did it has missed before counts no more", () => {
    apart(() => {
      miss(misses, 1)
      jest.advanceTimersByTime(1)
      misses.cleared(true)
      expect(misses.followedBy(KEY)).toBeUndefined()
      miss(misses, 2)
      expect(misses.followedBy(KEY)).toEqual(at(2))
    })
  })

  it("what other flows have missed counts for themselves only", () => {
    const other = request()
    other(() => miss(misses, 1))
    jest.advanceTimersByTime(1)
    apart(() => misses.cleared(true))
    expect(apart(() => misses.followedBy(KEY))).toBeUndefined()
    expect(other(() => misses.followedBy(KEY))).toEqual(at(1))
  })
})

describe("beyond the misses that are remembered", () => {
  beforeEach(() => {
    for (let number = 0; number <= REMEMBERED; number++) {
      missApart(misses, number + 1, `key ${number}`)
    }
  })

  it("any set whose miss may be among the others follows the first of them", () => {
    expect(apart(() => misses.followedBy("key 0"))).toEqual(at(1))
    expect(apart(() => misses.followedBy("never missed"))).toEqual(at(1))
    expect(apart(() => misses.followedBy("key 1"))).toEqual(at(1))
  })

  it("until the last of those is too long ago", () => {
    jest.advanceTimersByTime(LONGEST_FILL_MS + 1)
    expect(apart(() => misses.followedBy("key 0"))).toBeUndefined()
    expect(apart(() => misses.followedBy("key 1"))).toBeUndefined()
  })

  it("none is held by an older one that a flow still knows", () => {
    const reads: ReturnType<Misses["read"]>[] = []
    for (let number = 0; number < 3; number++) {
      reads.push(apart(() => misses.read(KEY)))
      misses.missed(reads[number]!, at(1))
    }
    jest.advanceTimersByTime(LONGEST_FILL_MS + 1)
    apart(() => misses.followedBy(KEY))
    expect(reads.map(({ next, last }) => [next, last])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ])
  })

  it("a flow still knows its own", () => {
    const one = request()
    one(() => miss(misses, 1))
    for (let number = 0; number <= REMEMBERED; number++) {
      missApart(misses, 9, `other ${number}`)
    }
    expect(one(() => misses.followedBy(KEY))).toEqual(at(1))
  })
})

describe("a set is never taken for a newer one", () => {
  it("where two share a get within one flow", async () => {
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
    expect(sets).toEqual([at(1), at(1)])
  })

  it("where another flow has cleared something meanwhile", () => {
    missApart(misses, 1)
    jest.advanceTimersByTime(1)
    apart(() => misses.cleared(false))
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
  })

  it("where its answer comes after its caller has gone on", () => {
    missApart(misses, 1, "other")
    apart(() => {
      const read = misses.read(KEY)
      misses.failed(read)
      misses.missed(read, at(2))
      expect(misses.followedBy(KEY)).toEqual(at(1))
    })
  })

  it("where its miss is remembered no more, and there is a later one", () => {
    missApart(misses, 1)
    for (let number = 0; number < REMEMBERED; number++) {
      missApart(misses, 2, `other ${number}`)
    }
    missApart(misses, 3)
    expect(apart(() => misses.followedBy(KEY))).toEqual(at(1))
  })
})
