import {
  type EntityMetadata,
  MetadataStorage,
} from "@medusajs/framework/mikro-orm/core"
import * as models from "../../models"

export type ExpectedTable = ReturnType<typeof describe>
export type ExpectedColumn = ExpectedTable["columns"][number]
export type ExpectedIndex = ReturnType<typeof index>

/** PostgreSQL's own names for types, where they differ from those of the models. */
const TYPE_NAMES: Record<string, string> = {
  timestamptz: "timestamp with time zone",
}

/** The tables as the models describe them. */
export function expectedTables(): ExpectedTable[] {
  return Object.values(models).map((model) =>
    describe(MetadataStorage.getMetadataFromDecorator(model))
  )
}

function describe({ tableName, properties, uniques, indexes }: EntityMetadata) {
  const columns = Object.values(properties)
  const primary = columns.filter((column) => column.primary)
  return {
    name: tableName,
    columns: columns.map((column) => {
      const { name, nullable = false } = column
      // As given to the decorator; MikroORM's own type describes what it becomes later.
      const { columnType } = column as unknown as { columnType: string }
      return { name, type: TYPE_NAMES[columnType] ?? columnType, nullable }
    }),
    indexes: [
      index(
        "primary key",
        primary.map(({ name }) => name)
      ),
      ...uniques.map((unique) => index("unique index", unique.properties)),
      ...indexes.map((one) => index("index", one.properties, one.expression)),
    ],
  }
}

function index(
  kind: "primary key" | "unique index" | "index",
  columns: unknown,
  condition?: unknown
) {
  const partial = condition !== undefined
  return { kind, columns: [columns].flat() as string[], partial }
}
