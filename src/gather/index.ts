export { countWithin } from "./bounded"
export {
  Lane,
  type Call,
  type LaneOptions,
  PatienceError,
  QueueFullError,
} from "./lane"
