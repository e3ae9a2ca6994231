import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { gunzipSync } from "node:zlib"

/** Recorded by `trace/record.ts`. */
export const TRACE_FILE = path.join(__dirname, "storefront.jsonl.gz")

/** One call of the caching provider, as Medusa made it. */
export type TracedCall =
  | {
      readonly call: "get"
      readonly input: { key?: string; tags?: string[] }
      /** Whether there was something to get. */
      readonly hit: boolean
    }
  | {
      readonly call: "set"
      readonly input: {
        key: string
        data: object
        ttl?: number
        tags?: string[]
        options?: { autoInvalidate?: boolean }
      }
    }
  | {
      readonly call: "clear"
      readonly input: {
        key?: string
        tags?: string[]
        options?: { autoInvalidate?: boolean }
      }
    }

/**
 * A line of the file: a value, which later lines name by its number among the values, or a call. The
 * shop stores the same value again and again.
 */
export type TraceLine =
  | { readonly value: object }
  | Exclude<TracedCall, { call: "set" }>
  | {
      readonly call: "set"
      readonly input: Omit<
        Extract<TracedCall, { call: "set" }>["input"],
        "data"
      >
      readonly value: number
    }

export function hasTrace(): boolean {
  return existsSync(TRACE_FILE)
}

export function readTrace(): TracedCall[] {
  const values: object[] = []
  const calls: TracedCall[] = []
  const text = gunzipSync(readFileSync(TRACE_FILE)).toString("utf8")
  for (const json of text.split("\n").filter(Boolean)) {
    const line = JSON.parse(json) as TraceLine
    if (!("call" in line)) {
      values.push(line.value)
    } else if (line.call === "set") {
      const { call, input, value } = line
      calls.push({ call, input: { ...input, data: values[value]! } })
    } else {
      calls.push(line)
    }
  }
  return calls
}
