import { TestLogger } from "../../../integration-tests/support/provider/test-logger"
import { Log } from "../../log"
import { Availability } from "../availability"
import type { Clear } from "../pending-clears"

const refused = Object.assign(new Error("connect ECONNREFUSED"), {
  code: "ECONNREFUSED",
})
const clearOf = (name: string): Clear => ({
  kind: "clear-key",
  name,
  automatic: false,
})

/** The database is what the test says it is. */
function testAvailability() {
  const database = { back: false, refusesClears: false }
  const events: string[] = []
  const logger = new TestLogger()
  const availability = new Availability(new Log(logger.asMedusaLogger), {
    off: () => {},
    disconnect: () => events.push("disconnect"),
    probe: () => {
      events.push("probe")
      return database.back ? Promise.resolve() : Promise.reject(refused)
    },
    carryOut: (clears) => {
      events.push(
        `clear ${clears.map((clear) => "name" in clear && clear.name).join()}`
      )
      return database.refusesClears
        ? Promise.reject(new Error("no"))
        : Promise.resolve()
    },
  })
  const until = async (isOn: boolean) => {
    while (availability.isOn !== isOn) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  return { availability, database, events, logger, until }
}

describe("the availability of the cache", () => {
  it("is on to begin with", () => {
    expect(testAvailability().availability.isOn).toBe(true)
  })

  it("ends with a fault, probes, and returns with the database", async () => {
    const { availability, database, events, logger, until } = testAvailability()
    availability.fail(refused)
    availability.fail(refused)
    expect(availability.isOn).toBe(false)
    expect(events).toEqual(["disconnect"])
    database.back = true
    await until(true)
    expect(events).toEqual(["disconnect", "probe"])
    expect(
      logger.lines.map(({ level, message }) => `${level} ${message}`)
    ).toEqual([
      expect.stringMatching(
        /^warn \[caching-postgres\] the cache is off, .*: connect ECONNREFUSED$/
      ),
      expect.stringMatching(
        /^info \[caching-postgres\] the cache is on again after \d\.\d s$/
      ),
    ])
  })

  it("returns only after what waited to be cleared", async () => {
    const { availability, database, events, until } = testAvailability()
    database.refusesClears = true
    availability.fail(refused)
    availability.postpone(clearOf("a"), refused)
    availability.postpone(clearOf("b"), refused)
    database.back = true
    while (!events.includes("clear a,b")) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(availability.isOn).toBe(false)
    expect(availability.pendingClears).toBe(2)
    database.refusesClears = false
    await until(true)
    expect(events.at(-1)).toBe("clear a,b")
    expect(availability.pendingClears).toBe(0)
  })

  it("ends with a clear that could not be carried out, whatever the reason", async () => {
    const { availability, database, events, until } = testAvailability()
    database.back = true
    availability.postpone(clearOf("a"), new Error("refused"))
    expect(availability.isOn).toBe(false)
    await until(true)
    expect(events).toEqual(["probe", "clear a"])
  })

  it("Nothing is asked of the database once the cache is closed, not even after the pause under way", async () => {
    const { availability, events } = testAvailability()
    availability.fail(refused)
    availability.close()
    // Longer than the first pause between probes.
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(events).toEqual(["disconnect"])
  })

  it("names the remedy where the tables are missing", () => {
    const { availability, logger } = testAvailability()
    availability.fail(
      Object.assign(new Error('relation "x" does not exist'), { code: "42P01" })
    )
    availability.close()
    expect(logger.complaints[0]).toMatch(/run `npx medusa db:migrate`/)
  })
})
