import { Client, Pool } from "@medusajs/framework/pg"

const PRODUCTS = 100
const LOAD_SECONDS = 0.05

const TABLE = `
create table product (id text primary key, title text not null, description text not null);
insert into product
select 'prod_' || n, 'Product ' || n, repeat(md5(n::text), 8) from generate_series(1, ${PRODUCTS}) n;
analyze product;
`
const LIST = `
with slow as materialized (select pg_sleep(${LOAD_SECONDS}))
select p.id, p.title, p.description from slow, product p order by p.id
`

export async function createProducts(connectionString: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(TABLE)
  } finally {
    await client.end()
  }
}

/** The value that is cached: a query that takes 50 milliseconds, on a connection for each caller. */
export class ProductList {
  loads = 0
  private pool?: Pool

  constructor(
    private readonly connectionString: string,
    private readonly connections: number
  ) {}

  /** Opens all connections: no load has to wait for one. */
  async open(): Promise<void> {
    const { connectionString, connections: max } = this
    this.pool ??= new Pool({ connectionString, max, idleTimeoutMillis: 0 })
    const clients = await Promise.all(
      Array.from({ length: max }, () => this.pool!.connect())
    )
    clients.forEach((client) => client.release())
  }

  async load(): Promise<unknown> {
    this.loads++
    const { rows } = await this.pool!.query<object>(LIST)
    return rows
  }

  async close(): Promise<void> {
    await this.pool?.end()
    this.pool = undefined
  }
}
