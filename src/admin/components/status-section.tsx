import {
  Alert,
  Button,
  Container,
  Heading,
  Select,
  StatusBadge,
  Text,
} from "@medusajs/ui"
import type { ReactElement, ReactNode } from "react"
import type { Cache, Contents, OverviewAnswer, Usage } from "../../api/answers"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { useActions } from "../lib/use-actions"
import { Note } from "./section"

const STATES = {
  on: { color: "green", badge: "on", text: "onSince" },
  reads_only: { color: "orange", badge: "readsOnly", text: "readsOnlySince" },
  off: { color: "red", badge: "off", text: "offSince" },
} as const

/** Whether the cache is on, and its figures. */
export function StatusSection(props: {
  readonly answer: OverviewAnswer
  readonly cache: Cache
  readonly refreshedAt: number
  readonly onChoose: (provider: string) => void
}): ReactElement {
  const { answer, cache, refreshedAt, onChoose } = props
  const { t } = useTexts()
  const format = useFormat()
  const actions = useActions(cache.id)
  const { color, badge, text } = STATES[cache.state]
  return (
    <Container className="divide-y p-0" data-testid="cache-status">
      <div className="flex flex-wrap items-start justify-between gap-3 px-6 py-4">
        <div className="flex flex-col gap-1">
          <div className="flex items-center gap-3">
            <Heading>{t("title")}</Heading>
            <StatusBadge color={color} data-testid="cache-state">
              {t(badge)}
            </StatusBadge>
          </div>
          <Text size="small" className="text-ui-fg-subtle">
            {t("subtitle")}
          </Text>
        </div>
        <div className="flex items-center gap-2">
          {answer.providers.length > 1 && (
            <Select size="small" value={cache.id} onValueChange={onChoose}>
              <Select.Trigger aria-label={t("registration")}>
                <Select.Value />
              </Select.Trigger>
              <Select.Content>
                {answer.providers.map(({ id }) => (
                  <Select.Item key={id} value={id}>
                    {id}
                  </Select.Item>
                ))}
              </Select.Content>
            </Select>
          )}
          <Button
            size="small"
            variant="secondary"
            disabled={actions.isBusy}
            onClick={() => void actions.sweep()}
          >
            {t("sweepNow")}
          </Button>
          <Button
            size="small"
            variant="danger"
            disabled={actions.isBusy}
            onClick={() => void actions.clear({ all: true })}
          >
            {t("clearAll")}
          </Button>
        </div>
      </div>
      {cache.state !== "on" && (
        <div className="px-6 py-4">
          <Alert variant={cache.state === "off" ? "error" : "warning"}>
            <p>{t(text, { time: format.time(cache.since) })}</p>
            {cache.reason && <p>{t("reason", { reason: cache.reason })}</p>}
            {cache.pending_clears > 0 && (
              <p>{t("pendingClears", { count: cache.pending_clears })}</p>
            )}
          </Alert>
        </div>
      )}
      {cache.contents ? (
        <Figures cache={cache} contents={cache.contents} />
      ) : (
        <Note>{t("unavailable")}</Note>
      )}
      <Upkeep cache={cache} />
      <div className="flex flex-wrap justify-between gap-3 px-6 py-3">
        <Text size="xsmall" className="text-ui-fg-muted">
          {t("namespace")} {cache.namespace}
          {cache.state === "on" &&
            ` · ${t(text, { time: format.time(cache.since) })}`}
        </Text>
        <Text size="xsmall" className="text-ui-fg-muted">
          {t("refreshed", { time: format.time(refreshedAt) })}
        </Text>
      </div>
    </Container>
  )
}

function Figures(props: {
  readonly cache: Cache
  readonly contents: Contents
}): ReactElement {
  const { cache, contents } = props
  const { t } = useTexts()
  const format = useFormat()
  const allowed = (
    limit: number | null,
    show: (limit: number) => string,
    percent: number
  ) => [
    limit === null ? t("noLimit") : t("ofLimit", { limit: show(limit) }),
    ...(percent < 100 ? [t("estimated")] : []),
  ]
  const rate = ({ hit_rate }: Usage) =>
    hit_rate === null ? "–" : format.percent(hit_rate)
  const reads = ({ hits, misses }: Usage) =>
    hits + misses > 0
      ? t("ofReads", { count: format.number(hits + misses) })
      : t("noReads")
  return (
    <div className="grid grid-cols-2 gap-y-6 px-6 py-6 md:grid-cols-5">
      <Figure
        label={t("hitRateHour")}
        value={rate(contents.last_hour)}
        testId="hit-rate-hour"
      >
        {reads(contents.last_hour)}
      </Figure>
      <Figure label={t("hitRateDay")} value={rate(contents.last_day)}>
        {reads(contents.last_day)}
      </Figure>
      <Figure
        label={t("entries")}
        value={format.number(contents.entries)}
        share={shareOf(contents.entries, cache.limits.entries)}
        testId="entries"
      >
        {allowed(
          cache.limits.entries,
          format.number,
          contents.counted_percent
        ).join(", ")}
      </Figure>
      <Figure
        label={t("size")}
        value={format.size(contents.bytes)}
        share={shareOf(contents.bytes, cache.limits.bytes)}
      >
        {allowed(
          cache.limits.bytes,
          format.size,
          contents.sampled_percent
        ).join(", ")}
      </Figure>
      <Figure label={t("onDisk")} value={format.size(contents.table_bytes)}>
        {t("allNamespaces")}
      </Figure>
    </div>
  )
}

const shareOf = (value: number, limit: number | null) =>
  limit === null ? undefined : Math.min(1, value / limit)

function Figure(props: {
  readonly label: string
  readonly value: string
  /** Of a limit, 0 to 1. */
  readonly share?: number
  readonly testId?: string
  readonly children: ReactNode
}): ReactElement {
  const { label, value, share, testId, children } = props
  return (
    <div className="flex flex-col gap-1 pr-4">
      <Text size="small" className="text-ui-fg-subtle">
        {label}
      </Text>
      <Text size="xlarge" weight="plus" data-testid={testId}>
        {value}
      </Text>
      {share !== undefined && (
        <div className="bg-ui-bg-component-pressed h-1 w-full rounded-full">
          <div
            className="bg-ui-bg-interactive h-1 rounded-full"
            style={{ width: `${share * 100}%` }}
          />
        </div>
      )}
      <Text size="xsmall" className="text-ui-fg-muted">
        {children}
      </Text>
    </div>
  )
}

function Upkeep({ cache }: { readonly cache: Cache }): ReactElement {
  const { t } = useTexts()
  const format = useFormat()
  const { contents, near_cache: near } = cache
  const sweep = contents?.last_sweep
  return (
    <>
      {contents && (
        <>
          <Row title={t("oldestEntry")}>
            {contents.oldest_entry
              ? format.ago(contents.oldest_entry)
              : t("none")}
          </Row>
          <Row title={t("lastSweep")}>
            {sweep
              ? t("sweepDone", {
                  time: format.ago(sweep.at),
                  expired: format.number(sweep.expired),
                  evicted: format.number(sweep.evicted),
                  seconds: sweep.seconds.toFixed(2),
                })
              : t("sweepNever")}
          </Row>
        </>
      )}
      {!contents?.near_caches.length && (
        <Row
          title={t("nearCache")}
          hint={near ? t("nearCacheOfProcess") : undefined}
        >
          {!near
            ? t("nearCacheOff")
            : near.is_listening
              ? t("nearCacheFigures", {
                  entries: format.number(near.entries),
                  bytes: format.size(near.bytes),
                  max: format.size(near.max_bytes),
                  hits: format.number(near.hits),
                })
              : t("nearCacheNotListening")}
        </Row>
      )}
    </>
  )
}

function Row(props: {
  readonly title: string
  readonly hint?: string
  readonly children: ReactNode
}): ReactElement {
  return (
    <div className="text-ui-fg-subtle grid w-full grid-cols-2 items-center gap-4 px-6 py-3">
      <div>
        <Text size="small" weight="plus" leading="compact">
          {props.title}
        </Text>
        {props.hint && (
          <Text size="xsmall" className="text-ui-fg-muted">
            {props.hint}
          </Text>
        )}
      </div>
      <Text size="small" leading="compact">
        {props.children}
      </Text>
    </div>
  )
}
