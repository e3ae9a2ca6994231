import type { PostgresCachingProvider } from "../../../src/services"
import { AsyncResource } from "node:async_hooks"
import type { ModelCache, Process } from "./model-cache"
import type { Selection, Step, Write } from "./steps"

/** A process that calls the cache. */
export interface Actor {
  readonly provider: PostgresCachingProvider
  readonly process: Process
}

export interface Stage {
  /** Carries the step out. */
  readonly actor: Actor
  /** Must see the same. */
  readonly witness: Actor
  /** Makes every entry so many seconds older. */
  readonly passTime: (seconds: number) => Promise<unknown>
}

export interface Rules {
  /** Whether a get by tags gives the oldest first: ids of two processes are not in order. */
  readonly inOrder: boolean
}

/** Carries out one step on the provider and on the model, and compares what both say. */
export async function play(
  step: Step,
  { actor, witness, passTime }: Stage,
  model: ModelCache,
  rules: Rules
): Promise<void> {
  model.nextStep()
  switch (step.do) {
    case "get":
      await expectSame(actor, step, model, rules)
      return expectSame(witness, step, model, rules)
    case "get at once":
      await Promise.all(
        step.gets.map((get) => expectSame(actor, get, model, rules))
      )
      return
    case "at once":
      await Promise.all(step.writes.map((write) => change(write, actor, model)))
      return
    case "pass time":
      model.passTime(step.seconds)
      await passTime(step.seconds)
      return
    case "sweep":
      model.sweep()
      expect(await actor.provider.sweep()).toMatchObject({ elected: true })
      return
    default:
      return change(step, actor, model)
  }
}

/** Compares all that the model has with what the provider finds. */
export async function expectSameOfAll(
  actor: Actor,
  model: ModelCache,
  rules: Rules
): Promise<void> {
  for (const selection of model.selections) {
    await expectSame(actor, selection, model, rules)
  }
}

/** Calls the provider before it returns: so several in a row are asked for in this order. */
function change(
  write: Write,
  { provider, process }: Actor,
  model: ModelCache
): Promise<void> {
  switch (write.do) {
    case "set":
      model.set(write, process)
      return inItsOwnFlow(() => provider.set(input(write)))
    case "clear":
      model.clear(write, process)
      return inItsOwnFlow(() => provider.clear(input(write)))
    case "refused set":
      return expect(provider.set(input(write))).rejects.toThrow(
        "cannot be stored as JSON"
      )
  }
}

async function expectSame(
  { provider, process }: Actor,
  { key, tags }: Selection,
  model: ModelCache,
  { inOrder }: Rules
): Promise<void> {
  // Taken before the first wait, and so before any other step.
  const asked = inItsOwnFlow(() => provider.get({ key, tags }))
  if (key || !tags?.length) {
    const expected = key ? model.getByKey(key, process) : "null"
    expect(JSON.stringify(await asked)).toBe(expected)
    return
  }
  const expected = model.getByTags(tags)
  const found = ((await asked) as unknown[]).map((value) =>
    JSON.stringify(value)
  )
  if (!inOrder) {
    expect(found.sort()).toEqual(expected.flat().sort())
    return
  }
  let begin = 0
  const grouped = expected.map(({ length }) =>
    found.slice(begin, (begin += length)).sort()
  )
  expect([grouped, found.slice(begin)]).toEqual([
    expected.map((values) => values.sort()),
    [],
  ])
}

/** As if each call came from a request of its own, so that none is known to belong to another. */
export function inItsOwnFlow<T>(call: () => T): T {
  return new AsyncResource("call").runInAsyncScope(call)
}

/** The call's argument alone. */
function input<W extends Write>({ ...write }: W): Omit<W, "do"> {
  delete (write as { do?: string }).do
  return write
}
