import type { ServerReply } from "../../servers"
import { serversAsTable } from "../commands/servers"

const NAMES = Array.from({ length: 6 }, (_, index) => `cache-${index}-europe`)

const reply = (name: string, rest: Partial<ServerReply>) =>
  ({ name, ...rest }) as ServerReply

describe("the list of servers as a table", () => {
  const error = new Error(
    "cannot connect to postgres://shop:***@cache-b.europe-west1.example.com:5432/cache: connect ECONNREFUSED 10.132.0.17:5432"
  )
  const record = {
    name: `${NAMES[1]}-1`,
    generation: 1_000_000,
    names: NAMES,
    next: NAMES.slice(1),
  }
  const replies = [
    reply(NAMES[0]!, { record: record }),
    reply(NAMES[1]!, { error }),
    reply(NAMES[2]!, {}),
  ]

  it("The table fits into 80 columns, and an error stays whole below it.", () => {
    const [head, ...lines] = serversAsTable(replies, 80)
    expect(head).toMatch(/^Server +Generation +Hold the keys +Will hold them$/)
    expect(lines.at(-1)).toBe(`${NAMES[1]}: ${error.message}`)
    const rows = lines.slice(0, -1)
    expect(rows.map((line) => line.length <= 80)).toEqual([true, true, true])
    expect(rows[1]).toMatch(/ no answer$/)
    expect(rows[2]).toMatch(/ not in use$/)
  })

  it("The table of servers is not cut where stdout is not a terminal.", () => {
    const [, line] = serversAsTable(replies)
    expect(line).toContain(`calls itself ${NAMES[1]}-1`)
    expect(line).toContain(NAMES.join(", "))
  })
})
