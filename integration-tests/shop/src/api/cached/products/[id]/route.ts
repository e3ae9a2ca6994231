import type { MedusaRequest, MedusaResponse } from "@medusajs/framework/http"
import { findProduct, resolveGraph } from "../../../../lib/products"

export async function GET(
  req: MedusaRequest,
  res: MedusaResponse
): Promise<void> {
  const product = await findProduct(
    resolveGraph(req.scope),
    req.params.id ?? ""
  )

  res.status(product ? 200 : 404).json({ product: product ?? null })
}
