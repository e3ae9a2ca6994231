import { Button, Table, Text } from "@medusajs/ui"
import type { ReactElement, ReactNode } from "react"
import { Link } from "react-router-dom"
import type { Contents } from "../../api/answers"
import type { ProviderId } from "../lib/api"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { useActions } from "../lib/use-actions"
import { Note, Section } from "./section"

interface Line {
  readonly tag: string
  readonly entries: number
  readonly name: ReactNode
}

/** The products and the tags that most entries have, each of which can be cleared. */
export function TagsSection(props: {
  readonly provider: ProviderId
  readonly contents: Contents
}): ReactElement {
  const { provider, contents } = props
  const { t } = useTexts()
  const products = contents.top_products.map(({ id, tag, entries, title }) => ({
    tag,
    entries,
    name: title ? (
      <Link
        to={`/products/${id}`}
        className="text-ui-fg-interactive hover:text-ui-fg-interactive-hover"
      >
        {title}
      </Link>
    ) : (
      <span>
        {id} <span className="text-ui-fg-muted">{t("productGone")}</span>
      </span>
    ),
  }))
  const tags = contents.top_tags.map(({ tag, entries }) => {
    return { tag, entries, name: tag }
  })
  const isEstimate = contents.sampled_percent < 100
  const common = { provider, isEstimate }
  return (
    <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
      <Section title={t("topProducts")} testId="top-products">
        {products.length > 0 ? (
          <Lines {...common} head={t("product")} lines={products} />
        ) : (
          <Note>{t("topProductsEmpty")}</Note>
        )}
      </Section>
      <Section title={t("topTags")} testId="top-tags">
        {tags.length > 0 ? (
          <Lines {...common} head={t("tag")} lines={tags} />
        ) : (
          <Note>{t("topTagsEmpty")}</Note>
        )}
      </Section>
    </div>
  )
}

function Lines(props: {
  readonly provider: ProviderId
  readonly head: string
  readonly lines: readonly Line[]
  readonly isEstimate: boolean
}): ReactElement {
  const { provider, head, lines, isEstimate } = props
  const { t } = useTexts()
  const format = useFormat()
  const actions = useActions(provider)
  return (
    <Table>
      <Table.Header>
        <Table.Row>
          <Table.HeaderCell>{head}</Table.HeaderCell>
          <Table.HeaderCell className="text-right">
            {t("entries")}
          </Table.HeaderCell>
          <Table.HeaderCell />
        </Table.Row>
      </Table.Header>
      <Table.Body>
        {lines.map(({ tag, entries, name }) => (
          <Table.Row key={tag} data-tag={tag}>
            <Table.Cell className="max-w-0 w-full">
              <Text size="small" className="truncate" title={tag}>
                {name}
              </Text>
            </Table.Cell>
            <Table.Cell className="text-right">
              {isEstimate && "~"}
              {format.number(entries)}
            </Table.Cell>
            <Table.Cell className="text-right">
              <Button
                size="small"
                variant="transparent"
                disabled={actions.isBusy}
                aria-label={`${t("clear")} ${tag}`}
                onClick={() => void actions.clear({ tag })}
              >
                {t("clear")}
              </Button>
            </Table.Cell>
          </Table.Row>
        ))}
      </Table.Body>
    </Table>
  )
}
