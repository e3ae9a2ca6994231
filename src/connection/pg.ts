import type { Client } from "@medusajs/framework/pg"

/** A value pg sends as a bound parameter; a Buffer goes in binary format. */
export type Parameter = string | number | boolean | Buffer | null
/** A row as the server sent it: text, or null. */
export type Row = readonly (string | null)[]

/** With what is missing in the types that Medusa brings along (@types/pg 8.6). */
export type OpenClient = Client & {
  readonly processID: number | null
  readonly connection: {
    readonly stream: { destroy(): void; ref(): void; unref(): void }
    /** What the server tells about itself at log-in. */
    on(
      event: "parameterStatus",
      listener: (message: {
        readonly parameterName: string
        readonly parameterValue: string
      }) => void
    ): void
  }
  ref(): void
  unref(): void
}
