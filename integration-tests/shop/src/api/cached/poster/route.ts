import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { listPosterTitles } from "../../../lib/products"
import { resolveGraph } from "../../../lib/query"

export async function GET(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  res.json({ products: await listPosterTitles(resolveGraph(req.scope)) })
}
