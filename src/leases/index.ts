export { Leases, type LoadEnd, type Waiter } from "./leases"
