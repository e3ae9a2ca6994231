import type { Item, SyntheticWorkload } from "./item"
import { listTagsOf, product, tagsOf } from "./product"

const PRODUCTS_PER_LIST = 20
/** Under which no other item is filed, so that the list tags of a product stay those of the items. */
const OTHER_ENTITY = "Article"

/** The tag that every item has, and that each change of a product clears. */
export const LIST_TAG = listTagsOf()[0]!

const makers = { page, list }

export function makeItem(workload: SyntheticWorkload, number: number): Item {
  return makers[workload](number)
}

/** An entry that fills the cache: a page like the others, but of another entity. */
export function makeFiller(number: number): Item {
  return page(number, OTHER_ENTITY)
}

/** The page of one product: about 1.3 KB and 7 tags. */
function page(number: number, entity = "Product"): Item {
  const data = product(number)
  const tags = [...listTagsOf(entity), ...tagsOf(data, entity)]
  return {
    key: `${entity}:page:${number}`,
    data,
    tags,
    ownTag: `${entity}:${data.id}`,
    matches: (value) => (value as { id?: string } | null)?.id === data.id,
  }
}

/** A list of 20 products: about 27 KB and 102 tags. */
function list(number: number): Item {
  const products = Array.from({ length: PRODUCTS_PER_LIST }, (_, position) =>
    product(number * PRODUCTS_PER_LIST + position)
  )
  const first = products[0]!.id
  return {
    key: `Product:list:${number}`,
    data: { products, count: 1000 },
    tags: [...listTagsOf(), ...products.flatMap((product) => tagsOf(product))],
    ownTag: `Product:${first}`,
    matches: (value) =>
      (value as { products?: { id: string }[] } | null)?.products?.[0]?.id ===
      first,
  }
}
