import { describe, refused, unknown } from "./option-error"

const MEGABYTE = 2 ** 20

/** Returns an option's value or its default, and adds what is wrong to `problems`. */
export type Reader<T> = (value: unknown, name: string, problems: string[]) => T

/** An option left undefined (an unset environment variable, say) takes its default. */
export function option<T>(
  defaultValue: T,
  allowed: string,
  accepts: (value: unknown) => boolean,
  show: (value: unknown) => string = describe
): Reader<T> {
  return (value = defaultValue, name, problems) => {
    if (value !== defaultValue && !accepts(value)) {
      problems.push(refused(name, show(value), allowed))
    }
    return value as T
  }
}

/** Without `most` there is no limit; where that is the default, the option takes `Infinity`, too. */
export function wholeNumber(
  unit: "" | "bytes as " | "milliseconds as " | "seconds as ",
  defaultValue: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER
): Reader<number> {
  const show = (value: number) =>
    value < MEGABYTE ? value : `${value} (${value / MEGABYTE} MB)`
  const range =
    most < Number.MAX_SAFE_INTEGER
      ? ` from ${show(least)} to ${show(most)}`
      : `, ${show(least)} or more`
  const orInfinity = defaultValue === Infinity ? ", or Infinity (no limit)" : ""
  return option(
    defaultValue,
    `${unit}a whole number${range}${orInfinity}`,
    (value) =>
      Number.isInteger(value) &&
      (value as number) >= least &&
      (value as number) <= most
  )
}

export function flag(defaultValue: boolean): Reader<boolean> {
  const isBoolean = (value: unknown) => typeof value === "boolean"
  return option(defaultValue, "true or false", isBoolean)
}

export function string(
  allowed: string,
  accepts: (value: string) => boolean,
  show?: () => string
): Reader<string | undefined> {
  const isAccepted = (value: unknown) =>
    typeof value === "string" && accepts(value)
  return option<string | undefined>(undefined, allowed, isAccepted, show)
}

type Values<Readers> = {
  [name in keyof Readers]: Readers[name] extends Reader<infer T> ? T : never
}

/** Options under one name; unknown ones are problems. */
export function group<Readers extends Record<string, Reader<unknown>>>(
  readers: Readers
): Reader<Values<Readers>> {
  const known = Object.keys(readers)
  const read: Reader<unknown> = (values = {}, path, problems) => {
    if (!isObject(values)) {
      problems.push(refused(path || "options", describe(values), "an object"))
      return undefined
    }
    const prefix = path && `${path}.`
    // What is given comes first, so that problems are named in its order.
    const names = new Set([...Object.keys(values), ...known])
    const pairs = [...names].map((name) => {
      if (known.includes(name)) {
        return [name, readers[name]!(values[name], prefix + name, problems)]
      }
      problems.push(unknown(prefix, name, known))
      return []
    })
    return Object.fromEntries(pairs)
  }
  return read as Reader<Values<Readers>>
}

/** @param expand makes a group of another value, where that is allowed */
export function groupOrFalse<T>(
  defaultValue: unknown,
  allowed: string,
  expand: (value: unknown) => object | undefined,
  read: Reader<T>
): Reader<T | false> {
  return (value = defaultValue, name, problems) => {
    if (value === false) {
      return false
    }
    const values = isObject(value) ? value : expand(value)
    if (!values) {
      problems.push(refused(name, describe(value), allowed))
    }
    return read(values, name, problems)
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
