export type { Dependencies } from "./compose"
export { Engine } from "./engine"
export { separateCalls } from "./separate-calls"
