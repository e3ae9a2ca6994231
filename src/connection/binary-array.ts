/**
 * PostgreSQL arrays in the binary format of the wire protocol. pg writes an array as a text literal, which costs an
 * escape for each quote of a JSON value and a parse on the server; a Buffer it sends as a binary parameter, as it is.
 *
 * Format: array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c. Element types by their fixed OIDs
 * (src/include/catalog/pg_type.dat).
 */
const INT8 = 20
const INT4 = 23
const TEXT = 25
const FLOAT8 = 701
const UUID = 2950

const INT32_BYTES = 4

/** Of values as 32 hex digits. */
export const uuidArray = arrayOf<string>(UUID, 16, (array, value, at) =>
  array.write(value, at, "hex")
)

/** Of strings without NUL and lone surrogates. */
export const textArray = arrayOf<string>(
  TEXT,
  (value) => Buffer.byteLength(value),
  (array, value, at) => array.write(value, at)
)

export const float8Array = arrayOf<number>(FLOAT8, 8, (array, value, at) =>
  array.writeDoubleBE(value, at)
)

export const int4Array = arrayOf<number>(INT4, 4, (array, value, at) =>
  array.writeInt32BE(value, at)
)

/** Of whole numbers as PostgreSQL writes them. */
export const int8Array = arrayOf<string>(INT8, 8, (array, value, at) =>
  array.writeBigInt64BE(BigInt(value), at)
)

function arrayOf<T>(
  oid: number,
  bytes: number | ((value: T) => number),
  write: (array: Buffer, value: T, at: number) => void
): (values: readonly T[]) => Buffer {
  const sizeOf = typeof bytes === "number" ? () => bytes : bytes
  return (values) => {
    const sizes = values.map(sizeOf)
    // One dimension, no nulls; subscripts start at 1.
    const header = sizes.length ? [1, 0, oid, sizes.length, 1] : [0, 0, oid]
    const total = sizes.reduce((sum, size) => sum + INT32_BYTES + size, 0)
    const array = Buffer.allocUnsafe(header.length * INT32_BYTES + total)
    let offset = 0
    for (const field of header) {
      offset = array.writeInt32BE(field, offset)
    }
    for (const [index, value] of values.entries()) {
      offset = array.writeInt32BE(sizes[index]!, offset)
      write(array, value, offset)
      offset += sizes[index]!
    }
    return array
  }
}
