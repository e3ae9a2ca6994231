import { asValue } from "@medusajs/framework/awilix"
import { createMedusaContainer, Modules } from "@medusajs/framework/utils"
import { cachingPostgres } from ".."

class OtherProvider {
  static readonly identifier = "caching-redis"
}

// What it finds in a shop is tested there (integration-tests/medusa/stats.spec.ts).
describe("cachingPostgres()", () => {
  it("The helper says that caching may be off where the Caching Module is not loaded.", () => {
    expect(() => cachingPostgres(createMedusaContainer())).toThrow(
      "the Caching Module is not loaded; is the feature flag `caching` on?"
    )
  })

  it("The helper refuses a registration of another package's provider, and names it.", () => {
    const container = createMedusaContainer()
    container.register(
      Modules.CACHING,
      asValue({
        defaultProviderId: "redis",
        providerService: { retrieveProvider: () => new OtherProvider() },
      })
    )
    expect(() => cachingPostgres(container)).toThrow(
      'the provider "redis" is not one of medusa-caching-postgres'
    )
  })
})
