export { newestOf, type ServerReply } from "./change"
export { Servers } from "./servers"
