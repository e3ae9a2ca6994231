export { countWithin } from "./bounded"
export { Lane, type Call, QueueError } from "./lane"
