import { expectBody, fetchJson } from "./http"

export interface Price {
  id: string
  amount: number
  currency_code: string
}

export interface Variant {
  id: string
  title: string
  sku: string
  prices: Price[]
}

export interface Product {
  id: string
  title: string
  handle: string
  variants: Variant[]
}

/** The sizes that every product of the shop may come in; a product need not have a variant of each. */
export const SIZES = ["S", "M", "L", "XL"] as const

export type Size = (typeof SIZES)[number]
export type NewPrice = Omit<Price, "id">

/** What the shop's owner does in the admin, over the same HTTP API. */
export class AdminApi {
  constructor(
    readonly url: string,
    readonly token: string
  ) {}

  async createProduct(
    title: string,
    sizes: Size[],
    prices: NewPrice[]
  ): Promise<Product> {
    const { product } = await this.#post<{ product: Product }>(
      "/admin/products",
      {
        title,
        status: "published",
        options: [{ title: "Size", values: SIZES }],
        variants: sizes.map((size) => newVariant(size, prices)),
      }
    )
    return product
  }

  async renameProduct(id: string, title: string): Promise<void> {
    await this.#post(`/admin/products/${id}`, { title })
  }

  async deleteProduct(id: string): Promise<void> {
    await this.#send("DELETE", `/admin/products/${id}`)
  }

  async createVariant(
    productId: string,
    size: Size,
    prices: NewPrice[]
  ): Promise<Variant> {
    const { product } = await this.#post<{ product: Product }>(
      `/admin/products/${productId}/variants`,
      newVariant(size, prices)
    )
    const created = product.variants.find(({ title }) => title === size)
    if (!created) {
      throw new Error(`The shop did not create the variant ${size}`)
    }
    return created
  }

  async renameVariant(
    productId: string,
    variantId: string,
    title: string
  ): Promise<void> {
    await this.#post(`/admin/products/${productId}/variants/${variantId}`, {
      title,
    })
  }

  async deleteVariant(productId: string, variantId: string): Promise<void> {
    await this.#send(
      "DELETE",
      `/admin/products/${productId}/variants/${variantId}`
    )
  }

  /** Gives a variant exactly these prices: one without an id is created, one that is not named is deleted. */
  async setPrices(
    productId: string,
    variantId: string,
    prices: (NewPrice & { id?: string })[]
  ): Promise<void> {
    await this.#post(`/admin/products/${productId}/variants/${variantId}`, {
      prices,
    })
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>("POST", path, body)
  }

  async #send<T>(
    method: "POST" | "DELETE",
    path: string,
    body?: unknown
  ): Promise<T> {
    return expectBody<T>(
      await fetchJson(this.url + path, { method, body, token: this.token })
    )
  }
}

function newVariant(size: Size, prices: NewPrice[]): object {
  return {
    title: size,
    prices,
    options: { Size: size },
    manage_inventory: false,
  }
}
