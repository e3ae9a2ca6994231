/**
 * PostgreSQL arrays in the binary format of the wire protocol. pg writes an array as a text
 * literal, which costs an escape for each quote of a JSON value and a parse on the server; a Buffer
 * it sends as a binary parameter, as it is.
 *
 * Format: array_recv in PostgreSQL's src/backend/utils/adt/arrayfuncs.c. Element types by their
 * fixed OIDs (src/include/catalog/pg_type.dat).
 */
const INT8_OID = 20
const INT4_OID = 23
const TEXT_OID = 25
const FLOAT8_OID = 701
const UUID_OID = 2950

const INT32_BYTES = 4
const INT64_BYTES = 8
const FLOAT8_BYTES = 8
const UUID_BYTES = 16
const EMPTY_HEADER_BYTES = 3 * INT32_BYTES
const HEADER_BYTES = 5 * INT32_BYTES

/** @param values each as 32 hex digits */
export function uuidArray(values: readonly string[]): Buffer {
  return fixedWidthArray(UUID_OID, UUID_BYTES, values, (array, value, at) =>
    array.write(value, at, UUID_BYTES, "hex")
  )
}

/** @param values strings without NUL and lone surrogates */
export function textArray(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value))
  const bytes = lengths.reduce((sum, length) => sum + INT32_BYTES + length, 0)
  const array = allocate(TEXT_OID, values.length, bytes)
  let offset = HEADER_BYTES
  for (const [index, value] of values.entries()) {
    offset = array.writeInt32BE(lengths[index]!, offset)
    offset += array.write(value, offset)
  }
  return array
}

export function float8Array(values: readonly number[]): Buffer {
  return fixedWidthArray(FLOAT8_OID, FLOAT8_BYTES, values, (array, value, at) =>
    array.writeDoubleBE(value, at)
  )
}

export function int4Array(values: readonly number[]): Buffer {
  return fixedWidthArray(INT4_OID, INT32_BYTES, values, (array, value, at) =>
    array.writeInt32BE(value, at)
  )
}

/** @param values whole numbers as PostgreSQL writes them */
export function int8Array(values: readonly string[]): Buffer {
  return fixedWidthArray(INT8_OID, INT64_BYTES, values, (array, value, at) =>
    array.writeBigInt64BE(BigInt(value), at)
  )
}

function fixedWidthArray<T>(
  elementOid: number,
  width: number,
  values: readonly T[],
  write: (array: Buffer, value: T, at: number) => void
): Buffer {
  const array = allocate(
    elementOid,
    values.length,
    values.length * (INT32_BYTES + width)
  )
  let offset = HEADER_BYTES
  for (const value of values) {
    offset = array.writeInt32BE(width, offset)
    write(array, value, offset)
    offset += width
  }
  return array
}

function allocate(elementOid: number, length: number, bytes: number): Buffer {
  if (length === 0) {
    const array = Buffer.alloc(EMPTY_HEADER_BYTES)
    array.writeInt32BE(elementOid, 2 * INT32_BYTES)
    return array
  }
  const array = Buffer.allocUnsafe(HEADER_BYTES + bytes)
  array.writeInt32BE(1, 0) // dimensions
  array.writeInt32BE(0, INT32_BYTES) // no nulls
  array.writeInt32BE(elementOid, 2 * INT32_BYTES)
  array.writeInt32BE(length, 3 * INT32_BYTES)
  array.writeInt32BE(1, 4 * INT32_BYTES) // subscripts start at 1
  return array
}
