import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { listProducts, resolveGraph } from "../../../lib/products"

export async function GET(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  res.json({ products: await listProducts(resolveGraph(req.scope)) })
}
