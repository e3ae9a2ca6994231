import { Client } from "@medusajs/framework/pg"
import { withSettings } from "../client"
import { mayRefuseStartupOptions } from "../restrictions"

const withTwo = (url: string) =>
  withSettings(url, { enable_seqscan: "off", jit: "off" })
const optionsOf = (url: string) => new URL(url).searchParams.get("options")

const fatal = (code: string, message: string) =>
  Object.assign(new Error(message), { code, severity: "FATAL" })

describe("settings in the start-up packet", () => {
  it("Settings are asked for by the options of the URL.", () => {
    expect(optionsOf(withTwo("postgres://u:p%40w@h:5/d"))).toBe(
      "-c enable_seqscan=off -c jit=off"
    )
  })

  it("Settings come after the options that the URL has, and leave the rest of it as it is.", () => {
    const url = withTwo(
      "postgres://u:p%40w@h:5/d?sslmode=disable&options=endpoint%3Dx"
    )
    expect(optionsOf(url)).toBe("endpoint=x -c enable_seqscan=off -c jit=off")
    const { host, user, password, database } = new Client(url)
    expect({ host, user, password, database }).toEqual({
      host: "h",
      user: "u",
      password: "p@w",
      database: "d",
    })
  })

  it.each([
    ["08P01", "unsupported startup parameter: options"],
    ["0A000", "RDS Proxy currently doesn’t support command-line options."],
    ["XX000", "words that are not known"],
  ])(
    "A server's error %s (%s) may be a refusal of start-up options.",
    (code, message) => {
      expect(mayRefuseStartupOptions(fatal(code, message))).toBe(true)
    }
  )

  it.each([
    ["28P01", 'password authentication failed for user "startup"'],
    ["3D000", 'database "startup" does not exist'],
    ["53300", "sorry, too many clients already"],
    ["57P03", "the database system is starting up"],
  ])(
    "A server's error %s (%s) is no refusal of start-up options.",
    (code, message) => {
      expect(mayRefuseStartupOptions(fatal(code, message))).toBe(false)
    }
  )

  it("A connection that failed without a word of the server was not refused start-up options.", () => {
    const error = Object.assign(new Error("connect ECONNREFUSED"), {
      code: "ECONNREFUSED",
    })
    expect(mayRefuseStartupOptions(error)).toBe(false)
  })
})
