/** A step that one of the processes may take now. */
export interface Move<S> {
  readonly name: string
  readonly to: S
}

/** Something that goes through states; a state is plain data. */
export interface Model<S> {
  readonly start: S
  /** Every step that could come next. None where all is done, and where everyone waits. */
  moves(state: S): Move<S>[]
  isOver(state: S): boolean
  /** @returns what is wrong with a state, if anything */
  complaint(state: S): string | undefined
}

export interface Explored {
  readonly states: number
  readonly interleavings: number
}

/**
 * Goes through every order in which the steps can come. A state that was met before is not left a second
 * time: what follows it does not depend on what led to it.
 *
 * @throws with the steps that led there, where a state is wrong or everyone waits for someone else
 */
export function explore<S>(model: Model<S>): Explored {
  const path: string[] = []
  /** By state, in how many ways it goes on from there. */
  const ways = new Map<string, number>()

  function visit(state: S): number {
    const key = JSON.stringify(state)
    const known = ways.get(key)
    if (known !== undefined) {
      return known
    }
    refuse(model.complaint(state))
    const moves = model.moves(state)
    if (moves.length === 0 && !model.isOver(state)) {
      refuse("deadlock")
    }
    let sum = moves.length === 0 ? 1 : 0
    for (const { name, to } of moves) {
      path.push(name)
      sum += visit(to)
      path.pop()
    }
    ways.set(key, sum)
    return sum
  }

  function refuse(complaint: string | undefined): void {
    if (complaint !== undefined) {
      throw new Error(`${complaint}, after:\n  ${path.join("\n  ")}`)
    }
  }

  const interleavings = visit(model.start)
  return { states: ways.size, interleavings }
}
