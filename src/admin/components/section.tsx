import { Container, Heading, Skeleton, Text } from "@medusajs/ui"
import type { ReactElement, ReactNode } from "react"
import { useTexts } from "../lib/texts"

/** A part of the page, as Medusa's own pages have them. */
export function Section(props: {
  readonly title: string
  readonly hint?: string
  readonly actions?: ReactNode
  readonly children?: ReactNode
  readonly testId?: string
}): ReactElement {
  const { title, hint, actions, children, testId } = props
  return (
    <Container className="divide-y p-0" data-testid={testId}>
      <div className="flex flex-wrap items-center justify-between gap-3 px-6 py-4">
        <div>
          <Heading level="h2">{title}</Heading>
          {hint && (
            <Text size="small" className="text-ui-fg-subtle">
              {hint}
            </Text>
          )}
        </div>
        {actions && <div className="flex items-center gap-2">{actions}</div>}
      </div>
      {children}
    </Container>
  )
}

/** What a section says in the place of its contents. */
export function Note({
  children,
}: {
  readonly children: ReactNode
}): ReactElement {
  return (
    <div className="px-6 py-8 text-center">
      <Text size="small" className="text-ui-fg-subtle">
        {children}
      </Text>
    </div>
  )
}

export function Loading({
  rows = 3,
}: {
  readonly rows?: number
}): ReactElement {
  const { t } = useTexts()
  return (
    <div
      className="flex flex-col gap-3 px-6 py-4"
      role="status"
      aria-label={t("loading")}
    >
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} className="h-5 w-full" />
      ))}
    </div>
  )
}
