import { toast, usePrompt } from "@medusajs/ui"
import { useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import {
  clear,
  countOf,
  type ProviderId,
  QUERIES,
  type Selection,
  sweep,
} from "./api"
import { useFormat } from "./format"
import { type Texts, useTexts } from "./texts"

interface Actions {
  readonly isBusy: boolean
  /** Asks, and says how many entries it is about. @returns whether it was done */
  readonly clear: (what: Selection) => Promise<boolean>
  readonly sweep: () => Promise<void>
}

/** What an admin user can do to a cache. */
export function useActions(provider: ProviderId): Actions {
  const { t } = useTexts()
  const format = useFormat()
  const prompt = usePrompt()
  const queries = useQueryClient()
  const [isBusy, setBusy] = useState(false)

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    setBusy(true)
    try {
      return await work()
    } finally {
      setBusy(false)
      // Also after a failure: what it has done is not known.
      void queries.invalidateQueries({ queryKey: [QUERIES] })
    }
  }

  return {
    isBusy,
    clear: async (what) => {
      // A second click must not ask a second time.
      setBusy(true)
      const count = await countOf(provider, what)
      const confirmed = await prompt({
        title: t("clearTitle"),
        description: clearDescription(what, count, t),
        confirmText: t("clear"),
        cancelText: t("cancel"),
        variant: "danger",
      })
      if (!confirmed) {
        setBusy(false)
        return false
      }
      try {
        const { pending, matched } = await run(() => clear(provider, what))
        if (pending) {
          toast.warning(t("clearPending"))
        } else if (matched === null) {
          toast.success(t("clearedUncounted"))
        } else {
          toast.success(t("cleared", { count: matched }))
        }
        return true
      } catch (error) {
        const { message } = error as Error
        toast.error(t("clearFailed", { message }))
        return false
      }
    },
    sweep: async () => {
      try {
        const done = await run(() => sweep(provider))
        const expired = format.number(done.expired)
        const evicted = format.number(done.evicted)
        if (done.elected) {
          toast.success(t("swept", { expired, evicted }))
        } else {
          toast.info(t("sweptElsewhere"))
        }
      } catch (error) {
        const { message } = error as Error
        toast.error(t("sweepFailed", { message }))
      }
    },
  }
}

function clearDescription(
  what: Selection,
  count: number | null,
  t: Texts
): string {
  if (count === null) {
    return t("clearUnknownDescription")
  }
  if ("key" in what) {
    return t("clearKeyDescription")
  }
  return "tag" in what
    ? t("clearTagDescription", { count, tag: what.tag })
    : t("clearAllDescription", { count })
}
