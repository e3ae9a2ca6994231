import {
  type EntityMetadata,
  MetadataStorage,
} from "@medusajs/framework/mikro-orm/core"
import * as models from "../../models"

export type ExpectedTable = ReturnType<typeof describe>

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
  const primary = columns.filter((one) => one.primary).map(({ name }) => name)
  return {
    name: tableName,
    columns: columns.map((column) => {
      const { name, nullable = false } = column
      // As given to the decorator; MikroORM's own type describes what it becomes later.
      const { columnType } = column as unknown as { columnType: string }
      return { name, type: TYPE_NAMES[columnType] ?? columnType, nullable }
    }),
    indexes: [
      { kind: "primary key", columns: primary, partial: false },
      ...uniques.map(({ properties: names }) => ({
        kind: "unique index",
        columns: [names].flat() as string[],
        partial: false,
      })),
      ...indexes.map(({ properties: names, expression }) => ({
        kind: "index",
        columns: [names].flat() as string[],
        partial: expression !== undefined,
      })),
    ],
  }
}
