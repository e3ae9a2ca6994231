import type { Random } from "../../integration-tests/support/random"
import type { ShopApi } from "./shop-api"

const PRODUCTS_PER_PAGE = 12
const PAGES = 3
const MAX_PRODUCTS_PER_VISIT = 5

interface StoreProduct {
  readonly id: string
  readonly handle: string
  readonly variants: readonly { readonly id: string }[]
}

/** One visitor: the front page, a list, some products, and now and then a cart. */
export async function visit(
  store: ShopApi,
  region: string,
  random: Random
): Promise<void> {
  await store.get("/store/regions")
  await store.get("/cached/products")

  const offset = random.below(PAGES) * PRODUCTS_PER_PAGE
  const { products } = await store.get<{ products: StoreProduct[] }>(
    `/store/products?limit=${PRODUCTS_PER_PAGE}&offset=${offset}&region_id=${region}`
  )
  for (let count = random.below(MAX_PRODUCTS_PER_VISIT); count > 0; count--) {
    const { id, handle } = random.pick(products)
    await store.get(`/store/products?handle=${handle}&region_id=${region}`)
    await store.get(`/cached/products/${id}`)
  }
  if (random.chance(0.1)) {
    await fillCart(store, region, random.pick(products))
  }
  if (random.chance(0.2)) {
    await store.get("/cached/poster")
  }
}

async function fillCart(
  store: ShopApi,
  region: string,
  { variants }: StoreProduct
): Promise<void> {
  const { cart } = await store.post<{ cart: { id: string } }>("/store/carts", {
    region_id: region,
  })
  await store.post(`/store/carts/${cart.id}/line-items`, {
    variant_id: variants[0]!.id,
    quantity: 1,
  })
}
