/**
 * A process that runs one provider and does what it is told over its channel. Each provider has its own,
 * so that no other's garbage and compiled code is in its way. It ends with the channel.
 */
import type { Slice } from "../measure/slice"
import { operations, type Order } from "../operations"
import { startProvider, type ProviderUnderTest } from "../providers"
import {
  ITEMS,
  makeFiller,
  makeItem,
  type Item,
  type Workload,
} from "../workloads"
import { fill } from "./fill"
import type { Assignment, Command, Reply } from "./messages"

/** The servers may be gone already, when the benchmark was killed. */
const CLOSE_LIMIT_MS = 10_000

const assignment = JSON.parse(process.argv[2]!) as Assignment
const itemsOf = new Map<Workload, Item[]>()

function items(workload: Workload): Item[] {
  if (workload === "storefront") {
    return []
  }
  const made =
    itemsOf.get(workload) ??
    Array.from({ length: ITEMS }, (_, n) => makeItem(workload, n))
  itemsOf.set(workload, made)
  return made
}

function measure(provider: ProviderUnderTest, order: Order): Promise<Slice> {
  return operations[order.operation]({
    ...assignment,
    provider,
    items: items(order.workload),
    order,
  })
}

async function carryOut(
  provider: ProviderUnderTest,
  command: Command
): Promise<Slice | void> {
  if (command.kind === "measure") {
    await provider.near?.listens()
  }
  provider.forgetMisses?.()
  switch (command.kind) {
    case "empty":
      return await provider.empty()
    case "settle":
      return await provider.settle()
    case "fill": {
      const made = items(command.workload)
      return await fill(provider.cache, command.count, (n) => made[n]!)
    }
    case "enlarge":
      return await fill(provider.cache, command.to - command.from, (n) =>
        makeFiller(command.from + n)
      )
    case "measure":
      return await measure(provider, command.order)
  }
}

function reply(message: Reply): void {
  process.send?.(message)
}

async function main(): Promise<void> {
  const provider = await startProvider(assignment)
  process.on("disconnect", () => {
    setTimeout(() => process.exit(), CLOSE_LIMIT_MS)
    void provider.close().finally(() => process.exit())
  })
  process.on("message", (command: Command) => {
    carryOut(provider, command)
      .then((slice) => reply({ kind: "done", slice: slice ?? undefined }))
      .catch(fail)
  })
  reply({ kind: "done" })
}

function fail(error: Error): void {
  reply({ kind: "failed", reason: error.stack ?? error.message })
}

// Ctrl-C reaches every process of the terminal; this one ends when it is told to.
process.on("SIGINT", () => {})
main().catch(fail)
