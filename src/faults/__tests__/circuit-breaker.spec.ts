import { TestLogger } from "../../../integration-tests/support/provider/test-logger"
import { Log } from "../../log"
import { CircuitBreaker } from "../circuit-breaker"

const refused = Object.assign(new Error("connect ECONNREFUSED"), {
  code: "ECONNREFUSED",
})

/** A breaker before a database that is what the test says it is. */
function testBreaker() {
  const database = { isBack: true, error: refused as Error }
  const events: string[] = []
  const logger = new TestLogger()
  const breaker = new CircuitBreaker(new Log(logger.asMedusaLogger), {
    whileOpen: "it is off",
    onceClosed: "it is on again",
    opened: () => events.push("opened"),
    attempt: () => {
      events.push("attempt")
      return database.isBack
        ? Promise.resolve()
        : Promise.reject(database.error)
    },
  })
  breaker.whenClosed = () => events.push("closed")
  const until = async (isMet: () => boolean) => {
    while (!isMet()) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { breaker, database, events, logger, until }
}

describe("a circuit breaker", () => {
  it("A circuit breaker is closed to begin with.", () => {
    expect(testBreaker().breaker.isClosed).toBe(true)
  })

  it("A suspicion leaves the circuit breaker closed when an attempt succeeds.", async () => {
    const { breaker, events, logger } = testBreaker()
    expect(await breaker.suspect()).toBe(true)
    expect(events).toEqual(["attempt"])
    expect(logger.lines).toEqual([])
  })

  it("Suspicions that come together make one attempt, and open the circuit breaker when it fails.", async () => {
    const { breaker, database, events } = testBreaker()
    database.isBack = false
    const answers = await Promise.all([breaker.suspect(), breaker.suspect()])
    breaker.stop()
    expect(answers).toEqual([false, false])
    expect(events).toEqual(["attempt", "opened"])
  })

  it("A circuit breaker that opened attempts, closes with the first success, and says both.", async () => {
    const { breaker, database, events, logger, until } = testBreaker()
    database.isBack = false
    breaker.open(refused)
    breaker.open(refused)
    expect(breaker.isClosed).toBe(false)
    await until(() => events.includes("attempt"))
    database.isBack = true
    await until(() => breaker.isClosed)
    expect(events.filter((event) => event !== "attempt")).toEqual([
      "opened",
      "closed",
    ])
    expect(
      logger.lines.map(({ level, message }) => `${level} ${message}`)
    ).toEqual([
      "warn [caching-postgres] it is off: connect ECONNREFUSED",
      expect.stringMatching(
        /^info \[caching-postgres\] it is on again after \d\.\d s$/
      ),
    ])
  })

  it("A circuit breaker that stays open says so again when the reason changes.", async () => {
    const { breaker, database, logger, until } = testBreaker()
    database.isBack = false
    database.error = Object.assign(new Error("no such role"), { code: "28000" })
    breaker.open(refused)
    await until(() => logger.complaints.length === 2)
    breaker.stop()
    expect(logger.complaints[1]).toBe(
      "[caching-postgres] it is off: no such role"
    )
  })

  it("A circuit breaker that opens right after a recovery keeps the longer waits.", async () => {
    const { breaker, database, events, until } = testBreaker()
    for (let outage = 0; outage < 3; outage++) {
      database.isBack = false
      breaker.open(refused)
      const before = events.length
      await until(() => events.length > before)
      database.isBack = true
      await until(() => breaker.isClosed)
    }
    // With the first wait of 50 ms each time, an attempt would come within it.
    const begun = events.length
    breaker.open(refused)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(events.slice(begun)).toEqual(["opened"])
    breaker.stop()
  })

  it("A circuit breaker that is stopped attempts nothing, not even after the pause under way.", async () => {
    const { breaker, events } = testBreaker()
    breaker.open(refused)
    breaker.stop()
    // Longer than the first pause.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(events).toEqual(["opened"])
  })

  it("A circuit breaker knows since when it is open, and why.", async () => {
    const { breaker, database, until } = testBreaker()
    const { since } = breaker
    expect(breaker.reason).toBeUndefined()
    database.isBack = false
    await until(() => Date.now() > since.getTime())

    breaker.open(refused)
    const opened = breaker.since
    expect(opened.getTime()).toBeGreaterThan(since.getTime())
    expect(breaker.reason).toBe("connect ECONNREFUSED")

    database.isBack = true
    await until(() => breaker.isClosed)
    expect(breaker.since.getTime()).toBeGreaterThan(opened.getTime())
    expect(breaker.reason).toBeUndefined()
    breaker.stop()
  })

  it("A circuit breaker names the remedy where the tables are missing.", () => {
    const { breaker, logger } = testBreaker()
    breaker.open(
      Object.assign(new Error('relation "x" does not exist'), { code: "42P01" })
    )
    breaker.stop()
    expect(logger.complaints[0]).toMatch(/run `npx medusa db:migrate`/)
  })
})
