import type { LeaseSettings } from "../../options"
import { Leases, type Waiter } from "../leases"

const WAIT_MS = 2_000

describe("the leases of a process", () => {
  let unfilled: number
  let leases: Leases

  const make = (settings: Partial<LeaseSettings> = {}) =>
    new Leases(
      { waitMillis: WAIT_MS, acrossProcesses: true, ...settings },
      { add: () => unfilled++ }
    )
  /** A caller that asks now, and again after it is woken, as a get does. */
  const call = (isElsewhere = false, name = "k") => {
    const caller = {
      waitsUntil: leases.waitsUntil(),
      asked: 0,
      loads: false,
      wake: () => queueMicrotask(ask),
    } satisfies Waiter & Record<string, unknown>
    const ask = () => {
      caller.asked++
      if (leases.takeOrJoin(name, caller, false, isElsewhere)) {
        caller.loads = true
      } else {
        leases.wait(name, caller)
      }
    }
    ask()
    return caller
  }
  const load = async (millis: number, name = "k") => {
    call(false, name)
    await jest.advanceTimersByTimeAsync(millis)
    leases.end(name, "stored")
  }
  const millisOf = (name = "k") => leases.parameters([name])[1]

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ["queueMicrotask"] })
    unfilled = 0
    leases = make()
  })
  afterEach(() => {
    leases.close()
    jest.useRealTimers()
  })

  it("A lease lasts as long as callers wait while no load is known, then three times as long as the longest load.", async () => {
    expect(millisOf()).toBe(WAIT_MS)
    await load(200)
    expect(millisOf()).toBe(600)
    await load(100)
    expect(millisOf()).toBe(600)
  })

  it("A lease lasts for at least 250 ms, and at most as long as callers wait.", async () => {
    await load(1)
    expect(millisOf()).toBe(250)
    await load(900)
    expect(millisOf()).toBe(WAIT_MS)
  })

  it("Without leases that all processes share, a statement has no parameters for them.", () => {
    expect(make({ acrossProcesses: false }).parameters(["k"])).toEqual([])
  })

  it("While another process loads, one caller asks for all, after pauses that grow from 5 ms to 100 ms.", async () => {
    const asked: number[] = []
    const start = performance.now()
    const callers = Array.from({ length: 10 }, () => call(true))
    const total = () => callers.reduce((sum, caller) => sum + caller.asked, 0)
    for (let last = total(); performance.now() - start < 600; last = total()) {
      await jest.advanceTimersByTimeAsync(1)
      if (total() > last) {
        asked.push(total() - last)
      }
    }
    expect(new Set(asked)).toEqual(new Set([1]))
    // After 5, 10, 20, 40, 80, and then every 100 ms.
    expect(asked).toHaveLength(9)
  })

  it("When the other process's value is found, all who wait for it ask.", async () => {
    const callers = [call(true), call(true)]
    leases.found("k")
    await Promise.resolve()
    expect(callers.map(({ asked }) => asked)).toEqual([2, 2])
  })

  it("Where a lease ends before its load, one of the waiters holds the next, for longer.", async () => {
    await load(1)
    const callers = Array.from({ length: 5 }, () => call())
    const loading = () => callers.filter(({ loads }) => loads).length
    expect(loading()).toBe(1)
    await jest.advanceTimersByTimeAsync(260)
    expect(loading()).toBe(2)
    await jest.advanceTimersByTimeAsync(500)
    expect(loading()).toBe(3)
    expect(unfilled).toBe(2)
  })

  it("A load that ends after its lease is known for its whole time.", async () => {
    await load(1)
    call()
    const waiting = call()
    await jest.advanceTimersByTimeAsync(400)
    expect(waiting.loads).toBe(true)
    leases.end("k", "stored")
    expect(millisOf()).toBe(1_200)
  })

  it.each([
    ["this process", false],
    ["another process", true],
  ])(
    "A key that %s loads and never sets is waited for once: from 2 s after its first lease on, nobody waits.",
    async (_, isElsewhere) => {
      await load(1)
      const callers: ReturnType<typeof call>[] = []
      for (let millis = 0; millis < WAIT_MS; millis += 50) {
        callers.push(call(isElsewhere), call(isElsewhere))
        await jest.advanceTimersByTimeAsync(50)
      }
      await jest.advanceTimersByTimeAsync(1)
      expect(callers.every(({ loads }) => loads)).toBe(true)
      expect([call(), call()].map(({ loads }) => loads)).toEqual([true, true])
    }
  )

  it("A lease that is taken over from another process does not begin the time of waiting anew.", async () => {
    call(true)
    await jest.advanceTimersByTimeAsync(1_000)
    call()
    const waiting = call()
    await jest.advanceTimersByTimeAsync(1_001)
    expect(waiting.loads).toBe(true)
  })

  it("After a load that was not set while callers waited, callers wait again once the key is set.", async () => {
    call()
    await jest.advanceTimersByTimeAsync(WAIT_MS + 10)
    expect([call(), call()].map(({ loads }) => loads)).toEqual([true, true])
    leases.end("k", "stored")
    expect([call(), call()].map(({ loads }) => loads)).toEqual([true, false])
  })

  it("After one load that was rejected as stale callers wait for the next, after two nobody waits.", async () => {
    const callers = Array.from({ length: 5 }, () => call())
    const loading = () => callers.filter(({ loads }) => loads).length
    expect(loading()).toBe(1)
    leases.end("k", "stale")
    await Promise.resolve()
    expect(loading()).toBe(2)
    leases.end("k", "stale")
    await Promise.resolve()
    expect(loading()).toBe(5)
  })

  it("A caller waits no longer than it may, however often the lease is passed on.", async () => {
    await load(1)
    call()
    const waiting = call(true)
    await jest.advanceTimersByTimeAsync(WAIT_MS + 10)
    expect(waiting.loads).toBe(true)
  })

  it("Beyond 20,000 keys the oldest lease is forgotten, and its waiters ask the database.", async () => {
    call()
    const waiting = call()
    for (let n = 0; n < 20_000; n++) {
      leases.takeOrJoin(`other ${n}`, waiting, false, false)
    }
    await Promise.resolve()
    expect(waiting).toMatchObject({ asked: 2, loads: true })
  })

  it("After close() no caller waits for a lease.", async () => {
    call()
    const waiting = call()
    leases.close()
    await Promise.resolve()
    expect(waiting.loads).toBe(true)
    expect(call().loads).toBe(true)
  })
})
