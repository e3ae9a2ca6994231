import { defineWidgetConfig } from "@medusajs/admin-sdk"
import { Button, Container, Heading, Text } from "@medusajs/ui"
import type { ReactElement } from "react"
import { useTagged } from "../lib/api"
import { useTexts } from "../lib/texts"
import { useActions } from "../lib/use-actions"

/** On the page of a product: how many entries show it, and a button that clears them. */
function ProductCache({
  data: product,
}: {
  readonly data: { readonly id: string }
}): ReactElement | null {
  const { t } = useTexts()
  const tag = `Product:${product.id}`
  const { data, isError } = useTagged(undefined, tag)
  const actions = useActions(undefined)
  // The shop does not cache with this package, or its database is away.
  if (isError && !data) {
    return null
  }
  const count = data?.count ?? 0
  return (
    <Container className="divide-y p-0" data-testid="product-cache">
      <div className="px-6 py-4">
        <Heading level="h2">{t("title")}</Heading>
      </div>
      <div className="flex flex-col items-start gap-3 px-6 py-4">
        <Text size="small" className="text-ui-fg-subtle">
          {!data
            ? t("loading")
            : count > 0
              ? t("inCache", { count })
              : t("notInCache")}
        </Text>
        <Button
          size="small"
          variant="secondary"
          disabled={actions.isBusy || count === 0}
          onClick={() => void actions.clear({ tag })}
        >
          {t("clearProduct")}
        </Button>
      </div>
    </Container>
  )
}

export const config = defineWidgetConfig({ zone: "product.details.side.after" })

export default ProductCache
