/** Statements under way at once on a connection: the server answers one while another is read here. */
export const STATEMENTS_A_READER = 2
/** Reads beyond count as misses: the shop's own tables answer them sooner than the end of such a queue. */
export const MOST_WAITING_READS = 20_000
