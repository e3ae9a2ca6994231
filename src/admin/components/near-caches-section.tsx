import { StatusBadge, Table, Text } from "@medusajs/ui"
import type { ReactElement } from "react"
import type { Contents } from "../../api/answers"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { Section } from "./section"

/** The near cache of each process, as that has reported it. */
export function NearCachesSection({
  nearCaches,
}: {
  readonly nearCaches: Contents["near_caches"]
}): ReactElement {
  const { t } = useTexts()
  const format = useFormat()
  return (
    <Section
      title={t("nearCaches")}
      hint={t("nearCachesHint")}
      testId="near-caches"
    >
      <Table>
        <Table.Header>
          <Table.Row>
            <Table.HeaderCell>{t("process")}</Table.HeaderCell>
            <Table.HeaderCell className="text-right">
              {t("entries")}
            </Table.HeaderCell>
            <Table.HeaderCell className="text-right">
              {t("size")}
            </Table.HeaderCell>
            <Table.HeaderCell className="text-right">
              {t("hits")}
            </Table.HeaderCell>
            <Table.HeaderCell>{t("started")}</Table.HeaderCell>
            <Table.HeaderCell>{t("reported")}</Table.HeaderCell>
          </Table.Row>
        </Table.Header>
        <Table.Body>
          {nearCaches.map((near) => (
            <Table.Row key={near.id}>
              <Table.Cell className="w-full max-w-0">
                <Text size="small" className="truncate" title={near.process}>
                  {near.process}
                  {near.worker_mode && (
                    <span className="text-ui-fg-muted">
                      {" "}
                      {near.worker_mode}
                    </span>
                  )}
                </Text>
              </Table.Cell>
              <Table.Cell className="whitespace-nowrap text-right">
                {near.is_listening ? (
                  format.number(near.entries)
                ) : (
                  <StatusBadge color="orange">{t("notListening")}</StatusBadge>
                )}
              </Table.Cell>
              <Table.Cell className="whitespace-nowrap text-right">
                {t("ofMax", {
                  bytes: format.size(near.bytes),
                  max: format.size(near.max_bytes),
                })}
              </Table.Cell>
              <Table.Cell className="whitespace-nowrap text-right">
                {t("nearHitsOf", {
                  hits: format.number(near.hits),
                  reads: format.number(near.reads),
                })}
              </Table.Cell>
              <Table.Cell className="whitespace-nowrap">
                {format.ago(near.started_at)}
              </Table.Cell>
              <Table.Cell className="whitespace-nowrap">
                {format.ago(near.reported_at)}
              </Table.Cell>
            </Table.Row>
          ))}
        </Table.Body>
      </Table>
    </Section>
  )
}
