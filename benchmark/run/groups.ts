import type { ProviderName } from "../providers"
import { isGrowth, type Contender } from "./cell"
import type { ProviderGroup } from "./provider-group"

/** Starts the processes of a provider, for a cache of its own. */
export type StartGroup = (
  provider: ProviderName,
  name: string
) => Promise<ProviderGroup>

/** The caches that take part: one a provider, and where growth is measured one more for each size. */
export class Groups {
  private readonly groups = new Map<string, ProviderGroup>()

  constructor(private readonly start: StartGroup) {}

  async of(contender: Contender): Promise<ProviderGroup> {
    const { provider, entries } = contender
    const name = isGrowth(contender) ? `${provider}-${entries}` : provider
    const group = this.groups.get(name) ?? (await this.start(provider, name))
    this.groups.set(name, group)
    return group
  }
}
