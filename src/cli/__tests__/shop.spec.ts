import { examineShop } from "../doctor/examine-shop"
import { cachingIsOn } from "../shop/caching-is-on"
import { chooseRegistration } from "../shop/choose-registration"
import type { Shop } from "../shop/load-shop"

const [one, two] = [
  { id: "one", options: undefined },
  { id: "two", options: { namespace: "n" } },
]

describe("the registration that a command is about", () => {
  it("is the only one, or the one of the id", () => {
    expect(chooseRegistration([two], undefined)).toBe(two)
    expect(chooseRegistration([one, two], "two")).toBe(two)
  })

  it.each([
    [[], undefined, /^medusa-config registers no provider/],
    [[], "one", /^medusa-config registers no provider/],
    [[one, two], undefined, /choose one with --provider: one, two$/],
    [[one], "two", /^--provider: got "two", medusa-config registers: one$/],
  ])("must be clear: %j, --provider %s", (registrations, id, complaint) => {
    expect(() => chooseRegistration(registrations, id)).toThrow(complaint)
  })
})

describe("whether Medusa caches", () => {
  it.each([
    [undefined, undefined, false],
    [true, undefined, true],
    ["true", undefined, true],
    [false, undefined, false],
    [true, "false", false],
    [false, "true", true],
    [undefined, "TRUE", true],
  ])("by configuration %j and environment %j: %s", (caching, flag, isOn) => {
    expect(cachingIsOn({ caching }, { MEDUSA_FF_CACHING: flag })).toBe(isOn)
  })
})

describe("doctor on a shop's configuration", () => {
  const shop: Shop = {
    cachingIsOn: true,
    registrations: [two],
    database: { clientUrl: "postgres://host/shop", schema: "shop" },
  }
  const examine = (changes: Partial<Shop>, id?: string) => {
    const { findings, options } = examineShop({ ...shop, ...changes }, id)
    return {
      options,
      findings: findings.map(
        ({ check, status, message }) => `${status}: ${check}: ${message}`
      ),
    }
  }

  it("finds it in order, and gives the options", () => {
    const { findings, options } = examine({})
    expect(findings).toEqual([
      "ok: feature flag: caching is on",
      'ok: registration: "two", namespace "n"',
    ])
    expect(options).toMatchObject({
      namespace: "n",
      database: { clientUrl: "postgres://host/shop", schema: "shop" },
    })
  })

  it("names a feature flag that is off, and looks on", () => {
    const { findings, options } = examine({ cachingIsOn: false })
    expect(findings[0]).toBe(
      "problem: feature flag: caching is off: Medusa caches nothing"
    )
    expect(options).toBeDefined()
  })

  it("names a provider that is not registered", () => {
    expect(examine({ registrations: [] })).toEqual({
      options: undefined,
      findings: [
        "ok: feature flag: caching is on",
        "problem: registration: medusa-config registers no provider of medusa-caching-postgres",
      ],
    })
  })

  it("names an option that is wrong", () => {
    const wrong = { id: "two", options: { ttl: -1 } }
    const { findings, options } = examine({ registrations: [wrong] })
    expect(options).toBeUndefined()
    expect(findings[1]).toBe(
      'problem: options: [caching-postgres] option "ttl": got -1, allowed: seconds as a number, 0 or more (0 and Infinity: for ever)'
    )
  })

  it("leaves the choice of a registration to --provider", () => {
    const registrations = [one, two]
    expect(() => examine({ registrations })).toThrow("--provider: one, two")
    expect(examine({ registrations }, "one").options?.namespace).toBe("medusa")
  })
})
