import { Tabs } from "@medusajs/ui"
import { type ReactElement, useState } from "react"
import type { Counts, Period } from "../../api/answers"
import { type ProviderId, useUsage } from "../lib/api"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { ColumnChart, type Series } from "./column-chart"
import { Loading, Note, Section } from "./section"

const PERIODS: Period[] = ["hour", "day", "week"]
const READS = [
  { name: "hits", color: "var(--tag-green-icon)" },
  { name: "misses", color: "var(--tag-orange-icon)" },
] as const
const WRITES = [
  { name: "sets", color: "var(--tag-blue-icon)" },
  { name: "removed", color: "var(--tag-red-icon)" },
] as const

/** Hits, misses, sets and removals of all processes over time. */
export function UsageSection({
  provider,
}: {
  readonly provider: ProviderId
}): ReactElement {
  const [period, setPeriod] = useState<Period>("hour")
  const { t, language } = useTexts()
  const format = useFormat()
  const { data, isPending } = useUsage(provider, period)
  const formatTime = (time: string) =>
    data?.period === "week"
      ? new Date(time).toLocaleString(language, {
          weekday: "short",
          hour: "2-digit",
          minute: "2-digit",
        })
      : format.clock(time)
  const steps = data?.usage ?? []
  const chart = (
    what: "reads" | "writes",
    parts: readonly { name: keyof Counts; color: string }[]
  ) => (
    <ColumnChart
      testId={`chart-${what}`}
      label={t(what)}
      times={steps.map(({ at }) => at)}
      formatTime={formatTime}
      series={parts.map(({ name, color }): Series => {
        return { name: t(name), color, values: steps.map((one) => one[name]) }
      })}
    />
  )
  return (
    <Section
      title={t("usage")}
      hint={t("usageHint")}
      testId="cache-usage"
      actions={
        <Tabs
          value={period}
          onValueChange={(value) => setPeriod(value as Period)}
        >
          <Tabs.List>
            {PERIODS.map((one) => (
              <Tabs.Trigger key={one} value={one}>
                {t(one)}
              </Tabs.Trigger>
            ))}
          </Tabs.List>
        </Tabs>
      }
    >
      {data ? (
        <div className="flex flex-col gap-6 px-6 py-4">
          {chart("reads", READS)}
          {chart("writes", WRITES)}
        </div>
      ) : isPending ? (
        <Loading />
      ) : (
        <Note>{t("unavailable")}</Note>
      )}
    </Section>
  )
}
