import { inTime } from "../../../../connection"
import { examineCaches, type Finding } from "../../../../inspect/doctor/examine"
import type { PostgresCachingProvider } from "../../../../services"
import { maskUrls } from "../../../../log"
import type { DoctorAnswer } from "../../../answers"
import { answer } from "../../../answering"

/** Less than the page waits for an answer. An examination that takes longer goes on by itself. */
const EXAMINATION_MS = 25_000

/** The doctor opens a dozen connections, so those who ask at once share its findings. */
const underWay = new WeakMap<PostgresCachingProvider, Promise<Finding[]>>()

export const GET = answer(async (provider): Promise<DoctorAnswer> => {
  let examining = underWay.get(provider)
  if (!examining) {
    // The shop runs, so its registration is fine.
    examining = examineCaches([provider.options])
    underWay.set(provider, examining)
    const forget = () => underWay.delete(provider)
    examining.then(forget, forget)
  }
  const findings = await inTime(EXAMINATION_MS, examining)
  return {
    findings: findings.map((found) => ({
      ...found,
      message: maskUrls(found.message),
    })),
  }
})
