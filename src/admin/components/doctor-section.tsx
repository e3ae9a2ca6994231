import { Button, StatusBadge, Table, Text } from "@medusajs/ui"
import { type ReactElement, useState } from "react"
import type { DoctorAnswer } from "../../api/answers"
import { type ProviderId, useDoctor } from "../lib/api"
import { useTexts } from "../lib/texts"
import { Loading, Note, Section } from "./section"

const COLORS = { ok: "green", warning: "orange", problem: "red" } as const
const RANK = { problem: 0, warning: 1, ok: 2 }

/** What the doctor finds, with what to do about it. */
export function DoctorSection({
  provider,
}: {
  readonly provider: ProviderId
}): ReactElement {
  const { t } = useTexts()
  const [showsAll, setShowsAll] = useState(false)
  const { data, error, isFetching, refetch } = useDoctor(provider)
  const findings = data?.findings ?? []
  const passed = findings.filter(({ status }) => status === "ok").length
  const shown = findings
    .filter(({ status }) => showsAll || status !== "ok")
    .sort((one, other) => RANK[one.status] - RANK[other.status])
  return (
    <Section
      title={t("doctor")}
      hint={t("doctorHint")}
      testId="cache-doctor"
      actions={
        <Button
          size="small"
          variant="secondary"
          isLoading={isFetching}
          onClick={() => void refetch()}
        >
          {t("doctorAgain")}
        </Button>
      }
    >
      {error ? (
        <Note>{t("doctorFailed", { message: error.message })}</Note>
      ) : !data ? (
        <Loading />
      ) : (
        <>
          {shown.length > 0 && <Findings findings={shown} />}
          <div className="flex items-center justify-between px-6 py-3">
            <Text size="small" className="text-ui-fg-subtle">
              {t("checksOk", { count: passed })}
            </Text>
            <Button
              size="small"
              variant="transparent"
              onClick={() => setShowsAll(!showsAll)}
            >
              {showsAll ? t("showLess") : t("showAll")}
            </Button>
          </div>
        </>
      )}
    </Section>
  )
}

function Findings({ findings }: DoctorAnswer): ReactElement {
  const { t } = useTexts()
  return (
    <Table>
      <Table.Body>
        {findings.map(({ check, status, message, advice }) => (
          <Table.Row key={`${check} ${message}`}>
            <Table.Cell className="whitespace-nowrap py-3 align-top">
              <StatusBadge color={COLORS[status]}>{t(status)}</StatusBadge>
            </Table.Cell>
            <Table.Cell className="w-full py-3">
              <Text size="small">
                <span className="text-ui-fg-base font-medium">{check}</span>:{" "}
                {message}
              </Text>
              {advice && (
                <Text size="small" className="text-ui-fg-subtle">
                  {advice}
                </Text>
              )}
            </Table.Cell>
          </Table.Row>
        ))}
      </Table.Body>
    </Table>
  )
}
