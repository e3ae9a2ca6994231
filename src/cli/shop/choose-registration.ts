import { CommandError } from "../errors"
import type { Registration } from "./find-registrations"

/**
 * The registration that a command is about.
 *
 * @param id what `--provider` says
 * @throws {CommandError} when that is none, or may be several
 */
export function chooseRegistration(
  registrations: readonly Registration[],
  id: string | undefined
): Registration {
  const ids = registrations.map((registration) => registration.id).join(", ")
  if (registrations.length === 0) {
    throw new CommandError(
      "medusa-config registers no provider of medusa-caching-postgres under the Caching Module; to look into a database all the same, give --database-url",
      { code: "usage" }
    )
  }
  if (id === undefined && registrations.length > 1) {
    throw new CommandError(
      `medusa-config registers several providers; choose one with --provider: ${ids}`,
      { code: "usage" }
    )
  }
  const chosen =
    id === undefined
      ? registrations[0]
      : registrations.find((registration) => registration.id === id)
  if (!chosen) {
    throw new CommandError(
      `--provider: got "${id}", medusa-config registers: ${ids}`,
      { code: "usage" }
    )
  }
  return chosen
}
