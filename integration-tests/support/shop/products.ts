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
