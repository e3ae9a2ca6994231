/**
 * A process that runs one provider. Each provider has its own, so that no other's garbage and compiled code is in its
 * way.
 */
import { serveOrders } from "../../integration-tests/support/worker-process"
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
import type { Assignment, Orders } from "./messages"

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

function ordersOf(provider: ProviderUnderTest) {
  const forgetting =
    <Input, Result>(carryOut: (input: Input) => Promise<Result>) =>
    (input: Input) => {
      provider.forgetMisses?.()
      return carryOut(input)
    }
  return {
    empty: forgetting(() => provider.empty()),
    settle: forgetting(() => provider.settle()),
    fill: forgetting(({ workload, count }: Parameters<Orders["fill"]>[0]) => {
      const made = items(workload)
      return fill(provider.cache, count, (n) => made[n]!)
    }),
    enlarge: forgetting(({ from, to }: Parameters<Orders["enlarge"]>[0]) =>
      fill(provider.cache, to - from, (n) => makeFiller(from + n))
    ),
    async measure(order: Order) {
      await provider.near?.listens()
      provider.forgetMisses?.()
      return operations[order.operation]({
        ...assignment,
        provider,
        items: items(order.workload),
        order,
      })
    },
  }
}

void serveOrders<Orders>(async () => {
  const provider = await startProvider(assignment)
  return { orders: ordersOf(provider), close: () => provider.close() }
})
