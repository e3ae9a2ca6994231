import { Button, Input, Table, Tabs, Text } from "@medusajs/ui"
import { type ReactElement, useState } from "react"
import type { EntriesAnswer, Entry, Order } from "../../api/answers"
import { type ProviderId, useEntries } from "../lib/api"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { EntryDrawer } from "./entry-drawer"
import { Loading, Note, Section } from "./section"

const ORDERS: Order[] = ["newest", "oldest", "largest"]

/** The newest, oldest or largest entries, or those that a search has found. */
export function EntriesSection(props: {
  readonly provider: ProviderId
  readonly values: boolean
}): ReactElement {
  const { provider, values } = props
  const { t } = useTexts()
  const [order, setOrder] = useState<Order>("largest")
  const [text, setText] = useState("")
  const [q, setQ] = useState<string>()
  const [shown, setShown] = useState<string>()
  const { data, isPending, error, refetch } = useEntries(provider, order, q)
  const showAll = () => {
    setText("")
    setQ(undefined)
  }
  return (
    <Section
      title={t("entriesTitle")}
      hint={data && captionOf(data, t)}
      testId="cache-entries"
      actions={
        <form
          className="flex items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            const asked = text.trim() === "" ? undefined : text
            if (asked === q) {
              void refetch()
            }
            setQ(asked)
          }}
        >
          <Input
            size="small"
            type="search"
            className="w-64"
            placeholder={t("searchPlaceholder")}
            aria-label={t("searchPlaceholder")}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button size="small" variant="secondary" type="submit">
            {t("search")}
          </Button>
          {q === undefined ? (
            <Button
              size="small"
              variant="transparent"
              type="button"
              onClick={() => void refetch()}
            >
              {t("refresh")}
            </Button>
          ) : (
            <Button
              size="small"
              variant="transparent"
              type="button"
              onClick={showAll}
            >
              {t("searchReset")}
            </Button>
          )}
        </form>
      }
    >
      {q === undefined && (
        <div className="px-6 py-3">
          <Tabs
            value={order}
            onValueChange={(value) => setOrder(value as Order)}
          >
            <Tabs.List>
              {ORDERS.map((one) => (
                <Tabs.Trigger key={one} value={one}>
                  {t(one)}
                </Tabs.Trigger>
              ))}
            </Tabs.List>
          </Tabs>
        </div>
      )}
      {error ? (
        <Note>{t("unavailable")}</Note>
      ) : isPending ? (
        <Loading />
      ) : data.entries.length === 0 ? (
        <Note>{q === undefined ? t("entriesEmpty") : t("foundNothing")}</Note>
      ) : (
        <Entries entries={data.entries} onShow={setShown} />
      )}
      {shown !== undefined && (
        <EntryDrawer
          provider={provider}
          entryKey={shown}
          values={values}
          onClose={() => setShown(undefined)}
        />
      )}
    </Section>
  )
}

function captionOf(
  { found_by, count, entries }: EntriesAnswer,
  t: ReturnType<typeof useTexts>["t"]
): string {
  const shown = t("entriesShown", { shown: entries.length, count })
  if (!found_by) {
    return shown
  }
  if (found_by === "key") {
    return t("foundByKey")
  }
  const found = t("foundByTag", { count })
  return entries.length < count ? `${found}: ${shown}` : found
}

function Entries(props: {
  readonly entries: readonly Entry[]
  readonly onShow: (key: string) => void
}): ReactElement {
  const { t } = useTexts()
  const format = useFormat()
  return (
    <Table>
      <Table.Header>
        <Table.Row>
          <Table.HeaderCell>{t("key")}</Table.HeaderCell>
          <Table.HeaderCell className="text-right">
            {t("size")}
          </Table.HeaderCell>
          <Table.HeaderCell>{t("set")}</Table.HeaderCell>
          <Table.HeaderCell>{t("timeLeft")}</Table.HeaderCell>
        </Table.Row>
      </Table.Header>
      <Table.Body>
        {props.entries.map((entry) => (
          <Table.Row
            key={entry.key}
            className="cursor-pointer"
            onClick={() => props.onShow(entry.key)}
          >
            <Table.Cell className="w-full max-w-0">
              <button
                type="button"
                className="block w-full truncate text-left outline-none focus-visible:underline"
                title={entry.key}
              >
                <Text as="span" size="small" className="font-mono">
                  {entry.key}
                </Text>
              </button>
            </Table.Cell>
            <Table.Cell className="whitespace-nowrap text-right">
              {format.size(entry.bytes)}
            </Table.Cell>
            <Table.Cell className="whitespace-nowrap">
              {format.ago(entry.set_at)}
            </Table.Cell>
            <Table.Cell className="whitespace-nowrap">
              <TimeLeft entry={entry} />
            </Table.Cell>
          </Table.Row>
        ))}
      </Table.Body>
    </Table>
  )
}

export function TimeLeft({ entry }: { readonly entry: Entry }): ReactElement {
  const { t } = useTexts()
  const format = useFormat()
  if (entry.seconds_left === null) {
    return <>{t("noExpiry")}</>
  }
  return (
    <>{entry.expired ? t("expired") : format.duration(entry.seconds_left)}</>
  )
}
