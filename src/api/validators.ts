import { z } from "./zod"

const DEFAULT_LIMIT = 20
const MAX_ENTRIES = 100

const providerId = z.string().min(1).optional()
const name = z.string().min(1)
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .max(MAX_ENTRIES)
  .default(DEFAULT_LIMIT)

export const ProviderParams = z.object({ provider_id: providerId }).strict()

export const UsageParams = ProviderParams.extend({
  period: z.enum(["hour", "day", "week"]).default("hour"),
})

export const EntriesParams = ProviderParams.extend({
  order: z.enum(["newest", "oldest", "largest"]).default("newest"),
  limit,
})

/** A key or a tag, exactly; or a tag only. */
export const SearchBody = ProviderParams.extend({
  q: name.optional(),
  tag: name.optional(),
  limit,
}).refine(({ q, tag }) => (q === undefined) !== (tag === undefined), {
  message: "Give one of q and tag",
})

export const DetailsBody = ProviderParams.extend({
  key: name,
  value: z.boolean().default(false),
})

export const ClearBody = ProviderParams.extend({
  key: name.optional(),
  tag: name.optional(),
  all: z.literal(true).optional(),
})
  .refine(
    ({ key, tag, all }) =>
      [key, tag, all].filter((one) => one !== undefined).length === 1,
    { message: "Give one of key, tag and all" }
  )
  .refine(({ tag }) => tag !== "*", {
    message: 'To clear everything give "all": true instead of the tag *',
  })
