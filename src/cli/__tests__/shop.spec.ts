import { examineShop } from "../examine-shop"
import { cachingIsOn } from "../load-shop"
import { chooseRegistration, type Form, type Shop } from "../shop"

const [one, two] = [
  { id: "one", options: undefined, form: "name" as Form },
  { id: "two", options: { namespace: "n" }, form: "name" as Form },
]

describe("the registration that a command is about", () => {
  it("A command uses the only registration, or the one that --provider names.", () => {
    expect(chooseRegistration([two], undefined)).toBe(two)
    expect(chooseRegistration([one, two], "two")).toBe(two)
  })

  it.each([
    [[], undefined, /^medusa-config registers no provider/],
    [[], "one", /^medusa-config registers no provider/],
    [[one, two], undefined, /choose one with --provider: one, two$/],
    [[one], "two", /^--provider: got "two", medusa-config registers: one$/],
  ])(
    "A command fails if it cannot tell which of the registrations %j --provider %s means.",
    (registrations, id, complaint) => {
      expect(() => chooseRegistration(registrations, id)).toThrow(complaint)
    }
  )
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
  ])(
    "With caching %j in the configuration and %j in the environment, caching is on: %s.",
    (caching, flag, isOn) => {
      expect(cachingIsOn({ caching }, { MEDUSA_FF_CACHING: flag })).toBe(isOn)
    }
  )
})

describe("doctor on a shop's configuration", () => {
  const shop: Shop = {
    cachingIsOn: true,
    registrations: [two],
    database: { clientUrl: "postgres://host/shop", schema: "shop" },
  }
  const examine = (changes: Partial<Shop>, id?: string) => {
    const { findings, caches } = examineShop({ ...shop, ...changes }, id)
    return {
      caches,
      findings: findings.map(
        ({ check, status, message }) => `${status}: ${check}: ${message}`
      ),
    }
  }

  it("The doctor finds a right configuration in order, and returns its options.", () => {
    const { findings, caches } = examine({})
    expect(findings).toEqual([
      "ok: feature flag: caching is on",
      'ok: registration: "two", namespace "n"',
    ])
    expect(caches).toMatchObject([
      {
        namespace: "n",
        database: { clientUrl: "postgres://host/shop", schema: "shop" },
      },
    ])
  })

  it("The doctor finds a feature flag that is off, and examines the rest all the same.", () => {
    const { findings, caches } = examine({ cachingIsOn: false })
    expect(findings[0]).toBe(
      "problem: feature flag: caching is off: Medusa caches nothing"
    )
    expect(caches).toHaveLength(1)
  })

  it("The doctor finds that the provider is not registered.", () => {
    expect(examine({ registrations: [] })).toEqual({
      caches: [],
      findings: [
        "ok: feature flag: caching is on",
        "problem: registration: medusa-config registers no provider of medusa-caching-postgres",
      ],
    })
  })

  it("The doctor names each option that is wrong.", () => {
    const wrong = { ...two, options: { ttl: -1, maxEntries: 0 } }
    const { findings, caches } = examine({ registrations: [wrong] })
    expect(caches).toEqual([])
    expect(findings.slice(1)).toEqual([
      'problem: options: [caching-postgres] option "ttl": got -1, allowed: seconds as a number, 0 or more (0 and Infinity: it never expires)',
      'problem: options: [caching-postgres] option "maxEntries": got 0, allowed: a whole number, 1 or more, or Infinity (no limit)',
    ])
  })

  it("The doctor examines all registrations, or only the one that --provider names.", () => {
    const registrations = [one, two]
    const { findings, caches } = examine({ registrations })
    expect(findings.slice(1)).toEqual([
      'ok: registration: "one", namespace "medusa"',
      'ok: registration: "two", namespace "n"',
    ])
    expect(caches).toHaveLength(2)
    expect(examine({ registrations }, "one").caches).toMatchObject([
      { namespace: "medusa" },
    ])
  })

  it("The doctor finds a problem if registrations share a namespace on the same tables.", () => {
    const three = { ...two, id: "three" }
    const { findings } = examine({ registrations: [one, two, three] })
    expect(findings.slice(4)).toEqual([
      expect.stringMatching(
        /^problem: registration: "two" and "three" have the same namespace on the same tables/
      ),
    ])
    const elsewhere = { namespace: "n", database: { schema: "other" } }
    const others = [two, { ...three, options: elsewhere }]
    expect(examine({ registrations: others }).findings).toHaveLength(3)
  })

  it.each<[Form, RegExp]>([
    [
      "exports",
      /^problem: registration: "two": .* `moduleProviderServices is not iterable`$/,
    ],
    [
      "provider",
      /^problem: registration: "two": .* `AwilixResolutionError: Could not resolve '__providers__caching-postgres_two'`$/,
    ],
  ])(
    "The doctor finds a problem if resolve is the %s instead of a name, and examines the database all the same.",
    (form, message) => {
      const { findings, caches } = examine({
        registrations: [{ ...two, form }],
      })
      expect(findings[1]).toMatch(message)
      expect(caches).toHaveLength(1)
    }
  )
})
