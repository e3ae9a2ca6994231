import { Client, Query } from "@medusajs/framework/pg"
import { canSendPrepared } from "../prepared-query"

type Patched = Record<string, unknown>
type Method = (this: unknown, ...args: unknown[]) => unknown

const query = Query.prototype as unknown as Patched
const client = Client.prototype as unknown as Patched
const wire = Object.getPrototypeOf(
  (new Client() as unknown as { connection: object }).connection
) as Patched

describe("whether statements can be sent in the cache's own way", () => {
  let restore = () => {}
  const replace = (owner: Patched, method: string, replacement: unknown) => {
    const original = owner[method]
    owner[method] = replacement
    restore = () => {
      owner[method] = original
    }
  }
  afterEach(() => restore())

  it("The installed pg drives a prepared query as meant.", () => {
    expect(canSendPrepared()).toBe(true)
  })

  it.each([
    ["submit", query],
    ["parse", wire],
    ["bind", wire],
    ["execute", wire],
    ["sync", wire],
    ["_handleDataRow", client],
  ])(
    "A pg without one of its private methods is noticed: %s.",
    (method, owner) => {
      replace(owner, method, undefined)
      expect(canSendPrepared()).toBe(false)
    }
  )

  it.each<[string, string, Patched, (original: Method) => Method]>([
    [
      "prepares a query by a method of another name",
      "submit",
      query,
      (submit) =>
        function (...args) {
          const { prepare } = query
          return submit.apply(Object.assign(this as object, { prepare }), args)
        },
    ],
    [
      "binds the values in another way",
      "bind",
      wire,
      (bind) =>
        function (message) {
          return bind.call(this, { ...(message as object), values: [] })
        },
    ],
    [
      "hands on rows in another form",
      "_handleDataRow",
      client,
      (handle) =>
        function (message) {
          const { fields } = message as { fields: string[] }
          return handle.call(this, { values: fields })
        },
    ],
    [
      "hands on answers in another order",
      "_handleReadyForQuery",
      client,
      () => () => undefined,
    ],
    [
      "does not hand on errors",
      "_handleErrorMessage",
      client,
      () => () => undefined,
    ],
  ])("A pg that %s is noticed.", (_, method, owner, change) => {
    replace(owner, method, change(owner[method] as Method))
    expect(canSendPrepared()).toBe(false)
  })
})
