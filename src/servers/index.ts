export { newestOf, type ServerReply } from "./change"
export { Router } from "./router"
