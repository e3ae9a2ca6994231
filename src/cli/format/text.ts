/** All but line feeds: what a terminal would obey instead of showing it. */
// eslint-disable-next-line no-control-regex -- they are what this is about
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g

/** Shows control characters as JSON escapes. In JSON text they stand in strings only, so it stays JSON. */
export function escapeControls(text: string): string {
  return text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
  )
}

/** A key or tag on one line: as it is, or as a JSON string where it has characters that cannot be shown. */
export function quotable(name: string): string {
  return isPlain(name) ? name : escapeControls(JSON.stringify(name))
}

/**
 * A key as a POSIX shell takes it for one argument. One that cannot be shown, or that would be read as an
 * option, is a JSON string in quotes, which `get` and `clear --key` understand.
 */
export function shellWord(key: string): string {
  if (/^[\w@%+=:,./][\w@%+=:,./-]*$/.test(key)) {
    return key
  }
  const text =
    isPlain(key) && !key.startsWith("-")
      ? key
      : escapeControls(JSON.stringify(key))
  return `'${text.replaceAll("'", "'\\''")}'`
}

function isPlain(name: string): boolean {
  return (
    name !== "" &&
    name.trim() === name &&
    name.isWellFormed() &&
    !name.includes("\n") &&
    escapeControls(name) === name
  )
}
