import type { MedusaContainer } from "@medusajs/framework/types"
import { ContainerRegistrationKeys } from "@medusajs/framework/utils"

export interface CacheOptions {
  enable: boolean
  key?: string
  providers?: string[]
  autoInvalidate?: boolean
}

/** The part of `query.graph` that this shop uses, typed here because Medusa's own types are made by a build of the shop. */
export type QueryGraphFunction = (
  input: {
    entity: string
    fields: string[]
    filters?: object
    pagination?: object
  },
  options: { cache: CacheOptions }
) => Promise<{ data: unknown[] }>

export function resolveGraph(container: MedusaContainer): QueryGraphFunction {
  const query = container.resolve(ContainerRegistrationKeys.QUERY) as {
    graph: QueryGraphFunction
  }
  return (input, options) => query.graph(input, options)
}
