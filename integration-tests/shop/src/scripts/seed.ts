import {
  createProductsWorkflow,
  createRegionsWorkflow,
  createSalesChannelsWorkflow,
  createUsersWorkflow,
} from "@medusajs/medusa/core-flows"
import type {
  CreateProductWorkflowInputDTO,
  ExecArgs,
  IAuthModuleService,
} from "@medusajs/framework/types"
import { Modules, ProductStatus } from "@medusajs/framework/utils"

const PRODUCTS = 12
const SIZES = ["S", "M", "L"]
const FURTHER_SIZES = ["XL"]

/** `medusa exec ./src/scripts/seed.js <email> <password>`: a small shop, and someone who may change it. */
export default async function seed({
  container,
  args,
}: ExecArgs): Promise<void> {
  const [email, password] = args
  if (!email || !password) {
    throw new Error("an email and a password are missing")
  }
  const countries = ["dk", "de", "fr"]
  const regions = [{ name: "Europe", currency_code: "eur", countries }]
  await createRegionsWorkflow(container).run({ input: { regions } })

  const salesChannelsData = [{ name: "Web shop" }]
  const { result: channels } = await createSalesChannelsWorkflow(container).run(
    { input: { salesChannelsData } }
  )
  const products = Array.from({ length: PRODUCTS }, (_, index) =>
    product(index + 1, channels[0]?.id ?? "")
  )
  await createProductsWorkflow(container).run({ input: { products } })

  const { result: users } = await createUsersWorkflow(container).run({
    input: { users: [{ email }] },
  })
  const auth = container.resolve<IAuthModuleService>(Modules.AUTH)
  const { authIdentity, error } = await auth.register("emailpass", {
    body: { email, password },
  })
  if (!authIdentity) {
    throw new Error(error)
  }
  await auth.updateAuthIdentities({
    id: authIdentity.id,
    app_metadata: { user_id: users[0]?.id },
  })
}

function product(
  number: number,
  salesChannelId: string
): CreateProductWorkflowInputDTO {
  const name = `Shirt ${String(number).padStart(2, "0")}`
  return {
    title: name,
    handle: name.toLowerCase().replace(" ", "-"),
    description: `${name}, made of cotton, as comfortable on the first day as on the last.`,
    status: ProductStatus.PUBLISHED,
    options: [{ title: "Size", values: [...SIZES, ...FURTHER_SIZES] }],
    variants: SIZES.map((size) => ({
      title: size,
      sku: `${name.toUpperCase().replace(" ", "-")}-${size}`,
      manage_inventory: false,
      options: { Size: size },
      prices: [
        { amount: 10 + number, currency_code: "eur" },
        { amount: 12 + number, currency_code: "usd" },
      ],
    })),
    sales_channels: [{ id: salesChannelId }],
  }
}
