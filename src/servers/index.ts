export { type Answer, changeList } from "./change"
export { Servers } from "./servers"
