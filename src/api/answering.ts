import type {
  AuthenticatedMedusaRequest,
  MedusaResponse,
} from "@medusajs/framework/http"
import { MedusaError } from "@medusajs/framework/utils"
import { Database } from "../inspect/database"
import { messageWithAdvice } from "../inspect/errors"
import { inTime } from "../connection"
import { isOutage } from "../faults"
import { maskUrls } from "../log"
import type { PostgresCachingProvider } from "../services"
import { requireProvider } from "./shop"

/** A person waits for the page; a list of a large cache takes a second or two. */
const READING_MS = 10_000

/** A validated body or query. */
export interface Asked {
  readonly provider_id?: string
}

type Request<T> = AuthenticatedMedusaRequest<T, T>

/** What has been validated: a body for a POST, else the query. */
export function askedFor<T extends Asked>(req: Request<T>): T {
  return req.method === "POST" ? req.validatedBody : req.validatedQuery
}

/**
 * A route about one cache. Medusa logs errors that it does not know, with what they say of a statement: so a database
 * that fails is an answer here.
 */
export function answer<T extends Asked>(
  make: (
    provider: PostgresCachingProvider,
    asked: T,
    req: Request<T>
  ) => Promise<unknown>
): (req: Request<T>, res: MedusaResponse) => Promise<void> {
  return async (req, res) => {
    const asked = askedFor(req)
    const provider = requireProvider(req.scope, asked.provider_id)
    try {
      res.json(await make(provider, asked, req))
    } catch (error) {
      if (error instanceof SyntaxError) {
        // Its message has a part of what is stored.
        const message = "A stored value is not valid JSON"
        res.status(500).json({ type: "unreadable", message })
        return
      }
      if (MedusaError.isMedusaError(error) || !isOutage(error)) {
        throw error
      }
      const message = maskUrls(messageWithAdvice(error))
      res.status(503).json({ type: "unavailable", message })
    }
  }
}

/**
 * Reads over connections of its own, in a read-only transaction of each server: the cache's few connections do not wait
 * for it. Connections that do not answer in time are closed.
 */
export function read<T>(
  { options }: PostgresCachingProvider,
  use: (database: Database) => Promise<T>,
  limitMs = READING_MS
): Promise<T> {
  const begin = `begin transaction read only; set local statement_timeout = ${limitMs}; set local search_path = pg_catalog`

  const reading = Database.with(options, (database) =>
    inTime(
      limitMs,
      database.run(begin).then(() => use(database))
    )
  )
  // To connect takes its time, too.
  return inTime(limitMs, reading)
}
