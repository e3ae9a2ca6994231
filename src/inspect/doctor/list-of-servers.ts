import { messageOf } from "../../log"
import { newestOf, type ServerReply } from "../../servers"
import { ok, problem, type Result, warning } from "./checks"

const USE = "npx medusa-caching-postgres servers --use"

/** Whether all servers agree on the list, and the shop's options know it. */
export function examineList(replies: readonly ServerReply[]): Result[] {
  const list = newestOf(replies)
  const configured = replies.map(({ name }) => name)
  if (!list) {
    const isAsked = replies.some(({ error }) => error === undefined)
    return isAsked
      ? [
          problem(
            "the servers belong to no list, so that nothing is cached",
            "Run `npx medusa db:migrate` in the shop's folder."
          ),
        ]
      : []
  }
  const { names, next, generation } = list
  const results: Result[] = []
  const unknown = names.filter((name) => !configured.includes(name))
  if (unknown.length > 0) {
    results.push(
      problem(
        `the servers say that ${names.join(", ")} hold the keys, and the options do not name ${unknown.join(", ")}`,
        `Add it to \`database.servers\`, or take it out of use: \`${USE} …\`.`
      )
    )
  }
  if (next) {
    results.push(
      warning(
        `a change to ${next.join(", ")} is under way, or has ended halfway`,
        `Unless a command is at work, repeat it: \`${USE} ${next.join()}\`.`
      )
    )
  }
  const inUse = replies.filter(({ name }) => names.includes(name))
  for (const { name, record, error } of inUse) {
    if (error !== undefined) {
      results.push(
        problem(
          `the server "${name}" could not be asked whether it knows the list: ${messageOf(error)}`,
          "Fix the other findings first, and run doctor again."
        )
      )
    } else if (!record) {
      results.push(
        problem(
          `the server "${name}" does not know that it belongs to the list, so its keys are not cached`,
          `Repeat the list: \`${USE} ${names.join()}\`.`
        )
      )
    } else if (record.name !== name) {
      results.push(
        problem(
          `what the options call "${name}" is the server "${record.name}"`,
          "Correct the names or URLs in `database.servers`."
        )
      )
    } else if (record.generation < generation) {
      results.push(
        problem(
          `the server "${name}" has missed a change of the list`,
          `Take it out of use and into use again: \`${USE} …\`.`
        )
      )
    }
  }
  const unused = configured.filter((name) => !names.includes(name))
  if (unused.length > 0) {
    results.push(
      warning(
        `${unused.join(", ")} hold no keys`,
        `Once every process has these options: \`${USE} ${configured.join()}\`; or take them out of the options.`
      )
    )
  }
  return results.length > 0
    ? results
    : [ok(`${names.join(", ")} hold the keys, and all of them know it`)]
}
