import { CommandError } from "./errors"
import { quotable } from "./format"

/** What `clear` is to remove. */
export type Selection =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "all" }

export interface SelectionFlags {
  readonly key?: string
  readonly tag?: readonly string[]
  readonly all?: boolean
  readonly autoInvalidate?: boolean
}

/** The tag that stands for the whole namespace. */
export const EVERYTHING = "*"

/** @throws {CommandError} unless the flags select in exactly one way */
export function readSelection(flags: SelectionFlags): Selection {
  const { key, tag, all, autoInvalidate } = flags
  if ([key, tag, all].filter((flag) => flag !== undefined).length !== 1) {
    throw new CommandError(
      "say what to remove by exactly one of --key KEY, --tag TAG (or several) and --all",
      { code: "usage" }
    )
  }
  if (key === "") {
    throw new CommandError("--key: no entry has an empty key", {
      code: "usage",
    })
  }
  if (key !== undefined) {
    return { kind: "key", key }
  }
  if (tag && !tag.includes(EVERYTHING)) {
    return { kind: "tags", tags: tag }
  }
  if (autoInvalidate) {
    throw new CommandError(
      `--auto-invalidate spares entries of a key or tags; --all and --tag "*" spare none`,
      { code: "usage" }
    )
  }
  return { kind: "all" }
}

/** The selected entries in words, behind their number. */
export function describeSelection(selection: Selection): string {
  switch (selection.kind) {
    case "key":
      return `of key ${quotable(selection.key)}`
    case "tags":
      return selection.tags.length === 1
        ? `with the tag ${quotable(selection.tags[0]!)}`
        : `with any of the tags ${selection.tags.map(quotable).join(", ")}`
    case "all":
      return "of the whole namespace"
  }
}
