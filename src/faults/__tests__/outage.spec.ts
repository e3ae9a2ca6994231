import { isConnectionLost, isOutage, TimeLimitError } from ".."

const server = (code: string, severity = "ERROR") =>
  Object.assign(new Error(code), { code, severity })

describe("an error of the database", () => {
  it.each([
    [
      "a refused connection",
      Object.assign(new Error(), { code: "ECONNREFUSED" }),
    ],
    ["a connection that ended", new Error("Connection terminated")],
    ["no answer in time", new TimeLimitError(500)],
    ["a server that shuts down", server("57P01", "FATAL")],
    ["a statement that the server gave up", server("57014")],
    ["too many connections", server("53300", "FATAL")],
    ["a wrong password", server("28P01", "FATAL")],
    ["missing tables", server("42P01")],
    ["a standby without unlogged tables", server("0A000")],
  ])("An error counts as an outage of the database: %s.", (_, error) => {
    expect(isOutage(error)).toBe(true)
  })

  it.each([
    ["a value that is refused", server("22P05")],
    ["a deadlock", server("40P01")],
    ["a disk that is full", server("53100")],
    ["what JSON cannot read", new SyntaxError("Unexpected token")],
  ])("An error counts as one of its call only: %s.", (_, error) => {
    expect(isOutage(error)).toBe(false)
  })

  it("After an error that ended the connection it is unknown whether the statement took effect.", () => {
    expect(isConnectionLost(new Error("Connection terminated"))).toBe(true)
    expect(isConnectionLost(server("57P01", "FATAL"))).toBe(true)
    expect(isConnectionLost(server("57014"))).toBe(false)
  })
})
