export { countWithin } from "./bounded"
export { Lane, type Call, PatienceError, QueueFullError } from "./lane"
