/** For ES modules, to which Node gives a CommonJS module's exports as the default export. */
import commonjs from "./index.js"

export type * from "./index.js"
export const { cachingPostgres } = commonjs
export default commonjs.default
