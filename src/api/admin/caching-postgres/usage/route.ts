import type { Period } from "../../../answers"
import { answer } from "../../../answering"
import { answerUsage } from "../../../usage"

export const GET = answer<{ provider_id?: string; period: Period }>(
  (provider, { period }) => answerUsage(provider, period)
)
