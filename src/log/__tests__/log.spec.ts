import { TestLogger } from "../../../integration-tests/support/provider/test-logger"
import { Log } from "../log"

const failure = (code: string, message = "it broke") =>
  Object.assign(new Error(message), { code })

describe("the log", () => {
  let logger: TestLogger
  let log: Log

  beforeEach(() => {
    jest.useFakeTimers()
    logger = new TestLogger()
    log = new Log(logger.asMedusaLogger)
  })
  afterEach(() => jest.useRealTimers())

  it("says who speaks, what happened and why", () => {
    log.warn("a get failed and counts as a miss", failure("57P01"))
    log.warn("no cause")
    expect(logger.complaints).toEqual([
      "[caching-postgres] a get failed and counts as a miss: it broke",
      "[caching-postgres] no cause",
    ])
  })

  it("folds repeats within a minute into one line with their number", () => {
    for (let count = 0; count < 5; count++) {
      log.warn("a get failed", failure("57P01", `broken ${count}`))
    }
    expect(logger.complaints).toEqual([
      "[caching-postgres] a get failed: broken 0",
    ])
    jest.advanceTimersByTime(60_000)
    expect(logger.complaints.slice(1)).toEqual([
      "[caching-postgres] a get failed: broken 0 (and 4 more of this kind within 60 s)",
    ])
  })

  it("goes on folding while the fault goes on, and begins anew after it", () => {
    log.warn("a get failed", failure("57P01"))
    log.warn("a get failed", failure("57P01"))
    jest.advanceTimersByTime(60_000)
    log.warn("a get failed", failure("57P01"))
    jest.advanceTimersByTime(60_000)
    expect(logger.complaints).toHaveLength(3)
    jest.advanceTimersByTime(60_000)
    log.warn("a get failed", failure("57P01"))
    expect(logger.complaints).toHaveLength(4)
  })

  it("tells faults apart by their code", () => {
    log.warn("a get failed", failure("57P01"))
    log.warn("a get failed", failure("42P01"))
    expect(logger.complaints).toHaveLength(2)
  })

  it("writes what it has counted when it is asked to", () => {
    log.warn("a get failed", failure("57P01"))
    log.warn("a get failed", failure("57P01"))
    log.flush()
    expect(logger.complaints).toHaveLength(2)
    log.flush()
    expect(logger.complaints).toHaveLength(2)
  })

  it("shows each attempt of a connection that failed in several ways", () => {
    log.warn(
      "no connection",
      new AggregateError([
        failure("A", "v4 refused"),
        failure("B", "v6 refused"),
      ])
    )
    expect(logger.complaints[0]).toMatch(/v4 refused; v6 refused$/)
  })
})
