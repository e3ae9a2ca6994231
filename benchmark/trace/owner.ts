import type { AdminApi, Product } from "../../integration-tests/support/shop"
import type { Random } from "../../integration-tests/support/random"
import type { ShopApi } from "./shop-api"

const PRODUCTS = 24
const SIZES = ["S", "M", "L", "XL"] as const

/** The shop's owner, who keeps changing products. */
export class Owner {
  private readonly products: Product[] = []

  constructor(
    private readonly admin: AdminApi,
    private readonly api: ShopApi,
    private readonly salesChannel: string
  ) {}

  /** Adds to the shop's own products, so that the storefront has several pages of them. */
  async stock(): Promise<void> {
    for (let count = 0; count < PRODUCTS; count++) {
      await this.createProduct(`Trousers ${count}`)
    }
  }

  async change(random: Random, number: number): Promise<void> {
    const product = random.pick(this.products)
    const variant = random.pick(product.variants)
    switch (number % 4) {
      case 0:
        return await this.admin.renameProduct(
          product.id,
          `${product.title}, edition ${number}`
        )
      case 1:
        return await this.admin.setPrices(product.id, variant.id, [
          { amount: 10 + number, currency_code: "eur" },
        ])
      case 2:
        return await this.admin.renameVariant(
          product.id,
          variant.id,
          `${variant.title} ${number}`
        )
      default:
        return await this.createProduct(`Jacket ${number}`)
    }
  }

  private async createProduct(title: string): Promise<void> {
    const product = await this.admin.createProduct(
      title,
      [...SIZES],
      [
        { amount: 20, currency_code: "eur" },
        { amount: 24, currency_code: "usd" },
      ]
    )
    await this.api.post(`/admin/sales-channels/${this.salesChannel}/products`, {
      add: [product.id],
    })
    this.products.push(product)
  }
}
