export { type Answer, newestOf } from "./change"
export { Servers } from "./servers"
