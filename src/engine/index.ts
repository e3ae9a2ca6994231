export type { Dependencies } from "./compose"
export { Engine } from "./engine"
