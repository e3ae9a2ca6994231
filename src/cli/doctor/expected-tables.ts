import {
  type EntityMetadata,
  MetadataStorage,
} from "@medusajs/framework/mikro-orm/core"
import * as models from "../../models"

export interface ExpectedTable {
  readonly name: string
  readonly columns: readonly ExpectedColumn[]
  readonly indexes: readonly ExpectedIndex[]
}

export interface ExpectedColumn {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
}

export interface ExpectedIndex {
  readonly columns: readonly string[]
  readonly kind: "primary key" | "unique index" | "index"
  readonly partial: boolean
}

/** Types by the names under which PostgreSQL lists them. */
const LISTED_TYPES: Record<string, string> = {
  timestamptz: "timestamp with time zone",
}

/** The tables as the models describe them, which a test compares with the migration. */
export function expectedTables(): ExpectedTable[] {
  return Object.values(models).map((model) =>
    describe(MetadataStorage.getMetadataFromDecorator(model))
  )
}

function describe(metadata: EntityMetadata): ExpectedTable {
  const properties = Object.values(metadata.properties)
  const indexed = (
    kind: ExpectedIndex["kind"],
    names: unknown,
    partial = false
  ) => ({ columns: [names].flat() as string[], kind, partial })
  return {
    name: metadata.tableName,
    columns: properties.map((property) => {
      const { name, nullable } = property
      // As the decorator was given it; MikroORM's own type is of what it makes of it later.
      const type = (property as unknown as { columnType: string }).columnType
      return {
        name,
        type: LISTED_TYPES[type] ?? type,
        nullable: nullable ?? false,
      }
    }),
    indexes: [
      indexed(
        "primary key",
        properties.filter(({ primary }) => primary).map(({ name }) => name)
      ),
      ...metadata.uniques.map(({ properties: names }) =>
        indexed("unique index", names)
      ),
      ...metadata.indexes.map(({ properties: names, expression }) =>
        indexed("index", names, expression !== undefined)
      ),
    ],
  }
}
