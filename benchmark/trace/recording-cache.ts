import type { ICachingProviderService } from "@medusajs/framework/types"
import { appendFileSync } from "node:fs"
import { createRequire } from "node:module"

type Provider = new (...args: unknown[]) => ICachingProviderService

interface PackageExport {
  default: { services: [Provider]; [name: string]: unknown }
}

// Not by an import: its types are in the build, which a check of this file's types does without.
const { default: original } = createRequire(__filename)(
  "medusa-caching-postgres"
) as PackageExport
const file = process.env.CACHE_RECORDING ?? ""

function record(line: object): void {
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

/** The provider itself; what Medusa asks of it is also written down, for the benchmark to replay. */
class RecordedProvider extends original.services[0] {
  override async get(
    input: Parameters<ICachingProviderService["get"]>[0]
  ): Promise<unknown> {
    const value: unknown = await super.get(input)
    record({ call: "get", input, hit: value !== null })
    return value
  }

  override set(
    input: Parameters<ICachingProviderService["set"]>[0]
  ): Promise<void> {
    record({ call: "set", input })
    return super.set(input)
  }

  override clear(
    input: Parameters<ICachingProviderService["clear"]>[0]
  ): Promise<void> {
    record({ call: "clear", input })
    return super.clear(input)
  }
}

export default { ...original, services: [RecordedProvider] }
