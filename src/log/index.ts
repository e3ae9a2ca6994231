export { Log } from "./log"
