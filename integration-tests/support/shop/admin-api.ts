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

  createProduct(
    title: string,
    sizes: Size[],
    prices: NewPrice[]
  ): Promise<Product> {
    return this.#post("", {
      title,
      status: "published",
      options: [{ title: "Size", values: SIZES }],
      variants: sizes.map((size) => newVariant(size, prices)),
    })
  }

  async renameProduct(id: string, title: string): Promise<void> {
    await this.#post(`/${id}`, { title })
  }

  async deleteProduct(id: string): Promise<void> {
    await this.#send("DELETE", `/${id}`)
  }

  async createVariant(
    productId: string,
    size: Size,
    prices: NewPrice[]
  ): Promise<Variant> {
    const variant = newVariant(size, prices)
    const product = await this.#post(`/${productId}/variants`, variant)
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
    await this.#post(`/${productId}/variants/${variantId}`, { title })
  }

  async deleteVariant(productId: string, variantId: string): Promise<void> {
    await this.#send("DELETE", `/${productId}/variants/${variantId}`)
  }

  /** Gives a variant exactly these prices: one without an id is created, one that is not named is deleted. */
  async setPrices(
    productId: string,
    variantId: string,
    prices: (NewPrice & { id?: string })[]
  ): Promise<void> {
    await this.#post(`/${productId}/variants/${variantId}`, { prices })
  }

  async #post(path: string, body: object): Promise<Product> {
    return (await this.#send("POST", path, body)).product
  }

  async #send(
    method: "POST" | "DELETE",
    path: string,
    body?: object
  ): Promise<{ product: Product }> {
    const url = `${this.url}/admin/products${path}`
    const { token } = this
    return expectBody(await fetchJson(url, { method, body, token }))
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
