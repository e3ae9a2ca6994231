import type { SweepAnswer } from "../../../answers"
import { answer } from "../../../answering"

export const POST = answer(async (provider): Promise<SweepAnswer> => {
  const swept = await provider.sweep()
  if (!swept) {
    const { reason } = provider.status()
    throw new Error(reason ?? "the sweep failed; the log says why")
  }
  return swept
})
