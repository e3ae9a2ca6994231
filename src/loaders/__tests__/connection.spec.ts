import { asValue } from "@medusajs/framework/awilix"
import { createMedusaContainer } from "@medusajs/framework/utils"
import type { Logger } from "@medusajs/framework/types"
import { TestLogger } from "../../../integration-tests/support/provider/test-logger"
import type { CachingPostgresOptions, ResolvedOptions } from "../../options"
import { connectionLoader } from "../connection"

const database = { clientUrl: "postgres://shop@db/shop" }
type Registration = { id: string; options?: CachingPostgresOptions }

/** Calls the loader as Medusa does for one of the registrations. */
async function load(
  registrations: Registration[],
  index = 0,
  logger?: Logger,
  container = createMedusaContainer()
): Promise<ResolvedOptions> {
  const ofModule = {
    database,
    providers: registrations.map((registration) => ({
      resolve: "medusa-caching-postgres",
      ...registration,
    })),
  }
  const own = registrations[index]!.options
  await connectionLoader({
    container: container as never,
    logger,
    options: own ? (own as Record<string, unknown>) : ofModule,
    moduleOptions: own ? ofModule : undefined,
  })
  return container.resolve("cachingPostgresOptions")
}

describe("the loader", () => {
  it("The loader has the name by which Medusa leaves out its MikroORM connection.", () => {
    expect(connectionLoader.name).toBe("connectionLoader")
  })

  it("The loader hands the registration's own options to the service.", async () => {
    const options = await load([{ id: "a", options: { ttl: 7 } }])
    expect(options.ttl).toBe(7)
    expect(options.database.clientUrl).toBe(database.clientUrl)
  })

  it("The loader does not take the module's options for those of a registration that has none.", async () => {
    expect((await load([{ id: "a" }])).ttl).toBe(3600)
  })

  it("The loader hands on in which worker mode Medusa runs, if it knows.", async () => {
    const workerMode = "worker"
    const container = createMedusaContainer()
    container.register(
      "configModule",
      asValue({ projectConfig: { workerMode } })
    )
    expect(await load([{ id: "a" }], 0, undefined, container)).toMatchObject({
      workerMode,
    })
    expect((await load([{ id: "a" }])).workerMode).toBeUndefined()
  })

  it("The loader stops the start on a wrong option.", async () => {
    await expect(load([{ id: "a", options: { ttl: -5 } }])).rejects.toThrow(
      /option "ttl"/
    )
  })

  it("The loader logs each wrong option once, and stops the start with an error that does not repeat them.", async () => {
    const logger = new TestLogger()
    const loaded = load(
      [{ id: "a", options: { ttl: -5, maxEntries: 0 } }],
      0,
      logger.asMedusaLogger
    )
    await expect(loaded).rejects.toThrow(
      /^\[caching-postgres\] medusa-config has wrong options; the lines before this in the log name them$/
    )
    expect(logger.complaints).toEqual([
      expect.stringMatching(/^\[caching-postgres\] option "ttl": got -5/),
      expect.stringMatching(/^\[caching-postgres\] option "maxEntries": got 0/),
    ])
  })

  const twins: [string, Registration[]][] = [
    [
      "options",
      [
        { id: "a", options: { ttl: 1 } },
        { id: "b", options: { ttl: 2 } },
      ],
    ],
    ["no options", [{ id: "a" }, { id: "b" }]],
    [
      "the default named and implied",
      [{ id: "a", options: { namespace: "medusa" } }, { id: "b" }],
    ],
  ]
  it.each(twins)(
    "The loader refuses two registrations that share tables and namespace: %s.",
    async (_, registrations) => {
      await expect(load(registrations)).rejects.toThrow(
        /option "namespace": got the same for the providers "a" and "b"/
      )
    }
  )

  it("The loader refuses two registrations that share tables and differ in whether these are logged.", async () => {
    const registrations = [
      { id: "a" },
      { id: "b", options: { logged: true, namespace: "other" } },
    ]
    for (const index of [0, 1]) {
      await expect(load(registrations, index)).rejects.toThrow(
        /option "logged": got true and false for the providers "[ab]" and "[ab]"/
      )
    }
  })

  it("The loader accepts two registrations that differ in whether their own tables are logged.", async () => {
    const registrations = [
      { id: "a" },
      { id: "b", options: { logged: true, database: { schema: "other" } } },
    ]
    await load(registrations, 0)
    await load(registrations, 1)
  })

  it.each<[string, CachingPostgresOptions]>([
    ["namespaces", { namespace: "other" }],
    ["schemas", { database: { schema: "other" } }],
    [
      "databases",
      { database: { clientUrl: "postgres://other" }, namespace: "medusa" },
    ],
  ])(
    "The loader accepts two registrations with different %s.",
    async (_, options) => {
      const registrations = [{ id: "a" }, { id: "b", options }]
      await load(registrations, 0)
      await load(registrations, 1)
    }
  )
})
