export { countWithin } from "./bounded"
export { Lane, type Call } from "./lane"
