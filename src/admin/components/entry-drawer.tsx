import { Badge, Button, Drawer, Text } from "@medusajs/ui"
import { type ReactElement, type ReactNode, useState } from "react"
import { type ProviderId, useDetails } from "../lib/api"
import { useFormat } from "../lib/format"
import { useTexts } from "../lib/texts"
import { useActions } from "../lib/use-actions"
import { Loading, Note } from "./section"

/** One entry with its tags and options, and its value if that is allowed and asked for. */
export function EntryDrawer(props: {
  readonly provider: ProviderId
  readonly entryKey: string
  readonly values: boolean
  readonly onClose: () => void
}): ReactElement {
  const { provider, entryKey, values, onClose } = props
  const { t } = useTexts()
  const format = useFormat()
  const actions = useActions(provider)
  const [showsValue, setShowsValue] = useState(false)
  const { data, error } = useDetails(provider, entryKey, showsValue)
  const entry = data?.entry
  const clear = async () => {
    if (await actions.clear({ key: entryKey })) {
      onClose()
    }
  }
  return (
    <Drawer open onOpenChange={(open) => open || onClose()}>
      <Drawer.Content data-testid="cache-entry">
        <Drawer.Header>
          <Drawer.Title>{t("entry")}</Drawer.Title>
          <Drawer.Description className="break-all font-mono">
            {entryKey}
          </Drawer.Description>
        </Drawer.Header>
        <Drawer.Body className="flex flex-col gap-4 overflow-y-auto">
          {error ? (
            <Note>{error.message}</Note>
          ) : !entry ? (
            <Loading />
          ) : (
            <>
              <Fact title={t("size")}>
                {t("stored", {
                  bytes: format.size(entry.bytes),
                  stored: format.size(entry.stored_bytes),
                })}
              </Fact>
              <Fact title={t("set")}>
                {format.time(entry.set_at)} ({format.ago(entry.set_at)})
              </Fact>
              <Fact title={t("timeLeft")}>
                {entry.seconds_left === null
                  ? t("noExpiry")
                  : entry.expired
                    ? t("expired")
                    : format.duration(entry.seconds_left)}
              </Fact>
              <Fact title={t("autoInvalidate")}>
                {entry.auto_invalidate ? t("yes") : t("no")}
              </Fact>
              <Fact title={`${t("tags")} (${entry.tags.length})`}>
                {entry.tags.length === 0 ? (
                  t("noTags")
                ) : (
                  <span className="flex max-h-60 flex-wrap gap-1 overflow-y-auto">
                    {entry.tags.map((tag) => (
                      <Badge key={tag} size="2xsmall" className="break-all">
                        {tag}
                      </Badge>
                    ))}
                  </span>
                )}
              </Fact>
              <Fact title={t("value")}>
                {!values ? (
                  t("valueHidden")
                ) : entry.value === undefined ? (
                  <Button
                    size="small"
                    variant="secondary"
                    onClick={() => setShowsValue(true)}
                  >
                    {t("showValue")}
                  </Button>
                ) : (
                  <pre className="bg-ui-bg-subtle max-h-96 overflow-auto rounded-md p-3 text-xs">
                    {JSON.stringify(entry.value, null, 2)}
                  </pre>
                )}
              </Fact>
            </>
          )}
        </Drawer.Body>
        <Drawer.Footer>
          <Drawer.Close asChild>
            <Button size="small" variant="secondary">
              {t("close")}
            </Button>
          </Drawer.Close>
          <Button
            size="small"
            variant="danger"
            disabled={actions.isBusy || !entry}
            onClick={() => void clear()}
          >
            {t("clearEntry")}
          </Button>
        </Drawer.Footer>
      </Drawer.Content>
    </Drawer>
  )
}

function Fact(props: {
  readonly title: string
  readonly children: ReactNode
}): ReactElement {
  return (
    <div className="flex flex-col gap-1">
      <Text size="small" weight="plus" leading="compact">
        {props.title}
      </Text>
      <Text as="div" size="small" className="text-ui-fg-subtle">
        {props.children}
      </Text>
    </div>
  )
}
