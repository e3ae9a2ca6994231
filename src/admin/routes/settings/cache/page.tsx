import { defineRouteConfig } from "@medusajs/admin-sdk"
import { Alert, Container, Heading, Text } from "@medusajs/ui"
import { Fragment, type ReactElement, useState } from "react"
import { DoctorSection } from "../../../components/doctor-section"
import { EntriesSection } from "../../../components/entries-section"
import { NearCachesSection } from "../../../components/near-caches-section"
import { Loading } from "../../../components/section"
import { StatusSection } from "../../../components/status-section"
import { TagsSection } from "../../../components/tags-section"
import { UsageSection } from "../../../components/usage-section"
import { useOverview } from "../../../lib/api"
import { useFormat } from "../../../lib/format"
import { useTexts } from "../../../lib/texts"

/** Settings, "Cache". */
export default function CachePage(): ReactElement {
  const { t } = useTexts()
  const format = useFormat()
  const [chosen, setChosen] = useState<string>()
  const { data, error, dataUpdatedAt, isPending } = useOverview(chosen)
  const cache = data?.cache
  return (
    <div className="flex flex-col gap-y-3">
      {error && (
        <Alert variant="error" data-testid="refresh-failed">
          {t("refreshFailed", { message: error.message })}
          {data &&
            ` ${t("refreshFailedSince", { time: format.time(dataUpdatedAt) })}`}
        </Alert>
      )}
      {isPending && (
        <Container className="p-0">
          <Loading rows={6} />
        </Container>
      )}
      {data && !cache && (
        <Container className="flex flex-col gap-2">
          <Heading>{t("title")}</Heading>
          <Text weight="plus">{t("notCaching")}</Text>
          <Text size="small" className="text-ui-fg-subtle">
            {t("notCachingHint")}
          </Text>
        </Container>
      )}
      {data && cache && (
        <>
          <StatusSection
            answer={data}
            cache={cache}
            refreshedAt={dataUpdatedAt}
            onChoose={setChosen}
          />
          {/* With the key, nothing of one registration stays on the page when another is chosen. */}
          <Fragment key={cache.id}>
            <UsageSection provider={cache.id} />
            {cache.contents && (
              <TagsSection provider={cache.id} contents={cache.contents} />
            )}
            {cache.contents && cache.contents.near_caches.length > 0 && (
              <NearCachesSection nearCaches={cache.contents.near_caches} />
            )}
            <EntriesSection provider={cache.id} values={data.values} />
            <DoctorSection provider={cache.id} />
          </Fragment>
        </>
      )}
    </div>
  )
}

function Title(): ReactElement {
  return <>{useTexts().t("title")}</>
}

// Literals, since the build of the admin reads them.
export const config = defineRouteConfig({
  label: "Cache",
  translationNs: "cachingPostgres",
})
export const handle = { breadcrumb: (): ReactElement => <Title /> }
