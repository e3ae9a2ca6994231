import { CircuitBreaker } from "../../src/faults/circuit-breaker"
import { Log } from "../../src/log"
import { TestLogger } from "../support/provider/test-logger"

const mockWaits: number[] = []
jest.mock("node:timers/promises", () => ({
  ...jest.requireActual<object>("node:timers/promises"),
  setTimeout: (milliseconds: number) => {
    mockWaits.push(milliseconds)
    return Promise.resolve()
  },
}))

const ATTEMPTS = 100
/** So that the cache serves again within two seconds of the database's return. */
const MAX_WAIT_MS = 1_000

describe("the attempts of an outage", () => {
  it("However long an outage lasts, no wait between two attempts is longer than a second.", async () => {
    let attempts = 0
    await new Promise<void>((resolve) => {
      const breaker = new CircuitBreaker(
        new Log(new TestLogger().asMedusaLogger),
        {
          whileOpen: "it is off",
          onceClosed: "it is on again",
          opened: () => {},
          attempt: () =>
            ++attempts < ATTEMPTS
              ? Promise.reject(new Error("not yet"))
              : Promise.resolve(),
        }
      )
      breaker.whenClosed = resolve
      breaker.open(new Error("it is gone"))
    })
    expect(mockWaits).toHaveLength(ATTEMPTS)
    expect(Math.max(...mockWaits)).toBeLessThanOrEqual(MAX_WAIT_MS)
  })
})
