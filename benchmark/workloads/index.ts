export { ITEMS, WORKLOADS } from "./item"
export type { Item, SyntheticWorkload, Workload } from "./item"
export { LIST_TAG, makeFiller, makeItem } from "./synthetic"
