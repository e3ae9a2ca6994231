export { Log } from "./log"
export { maskUrl, maskUrls } from "./mask"
