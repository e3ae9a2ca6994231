import path from "node:path"
import { asValue } from "@medusajs/framework/awilix"
import { MedusaApp } from "@medusajs/framework/modules-sdk"
import type { MedusaContainer } from "@medusajs/framework/types"
import {
  createMedusaContainer,
  FeatureFlag,
  Modules,
} from "@medusajs/framework/utils"
import { quietLogger } from "../../integration-tests/support/provider/quiet-logger"
import type { Assignment } from "./messages"

const BUILT_PACKAGE = path.join(__dirname, "../../dist/src/index.js")

/**
 * Starts the Caching Module as a shop does.
 *
 * @returns a container as a request has it
 */
export async function startCachingModule(
  assignment: Assignment
): Promise<MedusaContainer> {
  const container = createMedusaContainer()
  // The built-in provider warns of being the only one.
  const isBuiltIn = assignment.provider === "memory"
  const logger = isBuiltIn ? { ...quietLogger, warn() {} } : quietLogger
  container.register("logger", asValue(logger))
  FeatureFlag.setFlag("caching", true)

  const { modules } = await MedusaApp({
    modulesConfig: {
      [Modules.CACHING]: {
        resolve: "@medusajs/caching",
        options: moduleOptions(assignment),
      },
    },
    sharedContainer: container,
    // Where it looks for feature flags.
    cwd: __dirname,
  })
  container.register(Modules.CACHING, asValue(modules[Modules.CACHING]))
  return container
}

function moduleOptions({
  provider,
  url,
  options,
}: Assignment): Record<string, unknown> {
  switch (provider) {
    case "memory":
      return { in_memory: { enable: true } }
    case "redis":
      return withProvider("@medusajs/caching-redis", {
        redisUrl: url,
        prefix: "benchmark-stampede:",
      })
    case "postgres":
      return withProvider(BUILT_PACKAGE, {
        database: { clientUrl: url },
        namespace: "benchmark",
        sweep: false,
        ...options,
      })
  }
}

function withProvider(
  resolve: string,
  options: object
): Record<string, unknown> {
  return { providers: [{ id: "cache", is_default: true, resolve, options }] }
}
