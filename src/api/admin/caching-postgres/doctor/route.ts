import { examineCaches, type Finding } from "../../../../inspect/doctor/examine"
import type { PostgresCachingProvider } from "../../../../services"
import { maskUrls } from "../../../../log"
import type { DoctorAnswer } from "../../../answers"
import { answer, whenExamined } from "../../../answering"

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
  const findings = await whenExamined(examining)
  return {
    findings: findings.map((found) => ({
      ...found,
      message: maskUrls(found.message),
    })),
  }
})
