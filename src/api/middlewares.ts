import {
  defineMiddlewares,
  type MiddlewareRoute,
  validateAndTransformBody,
  validateAndTransformQuery,
} from "@medusajs/framework/http"
import * as validators from "./validators"

type Schema = Parameters<typeof validateAndTransformBody>[0]

const PATH = "/admin/caching-postgres"

const get = (
  path: string,
  params: Parameters<typeof validateAndTransformQuery>[0]
): MiddlewareRoute => ({
  method: ["GET"],
  matcher: PATH + path,
  middlewares: [validateAndTransformQuery(params, {})],
})

const post = (path: string, body: Schema): MiddlewareRoute => ({
  method: ["POST"],
  matcher: PATH + path,
  middlewares: [validateAndTransformBody(body)],
})

/** Medusa itself lets only authenticated admin users reach routes under /admin. */
export default defineMiddlewares({
  routes: [
    get("", validators.ProviderParams),
    get("/usage", validators.UsageParams),
    get("/entries", validators.EntriesParams),
    get("/doctor", validators.ProviderParams),
    // A key or a tag is in a body, since servers log the addresses of requests.
    post("/entries/search", validators.SearchBody),
    post("/entries/details", validators.DetailsBody),
    post("/clear", validators.ClearBody),
    post("/sweep", validators.ProviderParams),
  ],
})
