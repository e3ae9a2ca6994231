import { TestLogger } from "../../integration-tests/support/provider/test-logger"
import { Log, maskUrl, maskUrls } from "../log"

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

  it("A warning says which package writes it, what happened and why.", () => {
    log.warn("a get failed and counts as a miss", failure("57P01"))
    log.warn("no cause")
    expect(logger.complaints).toEqual([
      "[caching-postgres] a get failed and counts as a miss: it broke",
      "[caching-postgres] no cause",
    ])
  })

  it("Repeats of a warning within a minute become one line with their number and the latest reason.", () => {
    for (let count = 0; count < 5; count++) {
      log.warn("a get failed", failure("57P01", `broken ${count}`))
    }
    expect(logger.complaints).toEqual([
      "[caching-postgres] a get failed: broken 0",
    ])
    jest.advanceTimersByTime(60_000)
    expect(logger.complaints.slice(1)).toEqual([
      "[caching-postgres] a get failed: broken 4 (and 4 more of this kind within 60 s)",
    ])
  })

  it("A warning is deduplicated while its fault goes on, and is written at once again after a quiet minute.", () => {
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

  it("Warnings whose causes have different codes are not deduplicated.", () => {
    log.warn("a get failed", failure("57P01"))
    log.warn("a get failed", failure("42P01"))
    expect(logger.complaints).toHaveLength(2)
  })

  it("A flush writes the repeats that were counted, once.", () => {
    log.warn("a get failed", failure("57P01"))
    log.warn("a get failed", failure("57P01"))
    log.flush()
    expect(logger.complaints).toHaveLength(2)
    log.flush()
    expect(logger.complaints).toHaveLength(2)
  })

  it("The warning of a connection that failed in several attempts shows the error of each.", () => {
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

describe("masking of URLs", () => {
  it.each([
    ["postgres://user:secret@host:5432/db", "postgres://user:***@host:5432/db"],
    ["postgresql://user:s:e@c@host/db", "postgresql://user:***@host/db"],
    ["postgres://:secret@host", "postgres://:***@host"],
    ["postgres://user:se/c?r#e@t@host/db", "postgres://user:***@host/db"],
    [
      "postgres://user:secret@/db?host=/tmp",
      "postgres://user:***@/db?host=/tmp",
    ],
    ["postgres://user@host/db", "postgres://user@host/db"],
    ["postgres://host/db", "postgres://host/db"],
    [
      "postgres://host/db?user=u&password=secret&x=1",
      "postgres://host/db?user=u&password=***&x=1",
    ],
    [
      "postgres://host/db?sslpassword=secret",
      "postgres://host/db?sslpassword=***",
    ],
  ])("The URL %s is shown as %s.", (url, masked) => {
    expect(maskUrl(url)).toBe(masked)
  })

  it("Every URL in a text is masked.", () => {
    expect(
      maskUrls('no "postgres://a:b@c/d" and no postgresql://e:f@g/h?password=i')
    ).toBe(
      'no "postgres://a:***@c/d" and no postgresql://e:***@g/h?password=***'
    )
  })
})
