/** A table as the server has it (`sql/read-tables.ts`). */
export interface TableState {
  readonly name: string
  /** "p" for logged, "u" for unlogged. */
  readonly persistence: string
  readonly options: readonly string[]
  readonly columns: readonly ColumnState[]
  readonly indexes: readonly IndexState[]
  /** By the server's statistics. */
  readonly live_rows: number
  readonly dead_rows: number
  readonly last_vacuum: Date | null
}

export interface ColumnState {
  readonly name: string
  readonly type: string
  readonly nullable: boolean
  readonly hasDefault: boolean
}

export interface IndexState {
  readonly name: string
  readonly columns: readonly string[]
  readonly primary: boolean
  readonly unique: boolean
  readonly partial: boolean
  readonly valid: boolean
}
