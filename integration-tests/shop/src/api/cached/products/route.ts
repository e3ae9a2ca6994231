import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { listProducts } from "../../../lib/products"
import { resolveGraph } from "../../../lib/query"

export async function GET(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  res.json({ products: await listProducts(resolveGraph(req.scope)) })
}
