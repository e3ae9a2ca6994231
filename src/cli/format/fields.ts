/** Lines of names and values, with the values below each other. */
export function fieldLines(
  fields: readonly (readonly [name: string, value: string])[]
): string[] {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
}
