const VARIANTS = ["S", "M", "L", "XL"]

export interface Product {
  readonly id: string
  readonly variants: readonly { readonly id: string }[]
  readonly [field: string]: unknown
}

/** Looks like the ids that Medusa makes. */
function id(prefix: string, number: number): string {
  return `${prefix}_01J${String(number).padStart(23, "0")}`
}

/** The fields that a storefront asks for, with four variants. */
export function product(number: number): Product {
  return {
    id: id("prod", number),
    title: `Medusa product ${number}`,
    handle: `medusa-product-${number}`,
    status: "published",
    description:
      "Reimagine the feeling of a classic T-shirt. With our cotton T-shirts, everyday essentials no longer have to be ordinary.",
    thumbnail:
      "https://medusa-public-images.s3.eu-west-1.amazonaws.com/tee-black-front.png",
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.000Z",
    variants: VARIANTS.map((size, position) => ({
      id: id("variant", number * VARIANTS.length + position),
      title: `${size} / Black`,
      sku: `SHIRT-${number}-${position}`,
      manage_inventory: true,
      allow_backorder: false,
      prices: [
        {
          id: id("price", number * VARIANTS.length + position),
          amount: 10 + position,
          currency_code: "eur",
        },
      ],
    })),
  }
}

/** The tags that Medusa gives to what it read of a product. */
export function tagsOf(
  { id, variants }: Product,
  entity = "Product"
): string[] {
  return [
    `${entity}:${id}`,
    ...variants.map((variant) => `${entity}Variant:${variant.id}`),
  ]
}

export function listTagsOf(entity = "Product"): string[] {
  return [`${entity}:list:*`, `${entity}Variant:list:*`]
}
