import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { cachingPostgres } from "medusa-caching-postgres"

export async function GET(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  res.json(await cachingPostgres(req.scope).stats())
}

export async function POST(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  res.json({ swept: await cachingPostgres(req.scope).sweep() })
}
