import { Client } from "@medusajs/framework/pg"
import {
  PLANNER_SETTINGS,
  refusesStartupOptions,
  withSettings,
} from "../startup-settings"

const optionsOf = (url: string) =>
  new URL(withSettings(url, PLANNER_SETTINGS)).searchParams.get("options")

describe("settings of a connection", () => {
  it("are asked for in the URL", () => {
    expect(optionsOf("postgres://u:p%40w@h:5/d")).toMatch(
      /^-c enable_seqscan=off .*-c jit=off$/
    )
  })

  it("stand behind what the URL asks for itself, and leave the rest as it is", () => {
    const url = "postgres://u:p%40w@h:5/d?sslmode=disable&options=endpoint%3Dx"
    expect(optionsOf(url)).toMatch(/^endpoint=x -c enable_seqscan=off/)
    const { host, user, password, database } = new Client(
      withSettings(url, PLANNER_SETTINGS)
    )
    expect({ host, user, password, database }).toEqual({
      host: "h",
      user: "u",
      password: "p@w",
      database: "d",
    })
  })

  it.each([
    ["unsupported startup parameter: options", true],
    ["unsupported startup parameter in options: jit", true],
    [
      "Feature not supported: RDS Proxy currently doesn’t support command-line options.",
      true,
    ],
    ['password authentication failed for user "startup"', false],
    ["connect ECONNREFUSED 127.0.0.1:5432", false],
  ])("know the refusal of a pooler: %s", (message, refused) => {
    expect(refusesStartupOptions(new Error(message))).toBe(refused)
  })
})
