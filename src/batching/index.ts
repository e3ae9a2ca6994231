export { countWithin } from "./bounded"
export {
  BatchQueue,
  type Call,
  type BatchQueueOptions,
  QueueTimeoutError,
  QueueFullError,
} from "./batch-queue"
