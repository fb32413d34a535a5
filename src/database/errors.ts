import { AppError } from "../domain/errors.ts";

/** Names of driver errors that say that the server cannot be reached, or not in time. */
const connectivityErrors: ReadonlySet<string> = new Set([
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoPoolClearedError",
  "MongoPoolClosedError",
  "MongoServerSelectionError",
  "MongoTopologyClosedError",
  "MongoNotConnectedError",
  "MongoClientClosedError",
  "MongoServerClosedError",
  "MongoWaitQueueTimeoutError",
  "MongoOperationTimeoutError",
  "PoolClearedError",
  "PoolClearedOnNetworkError",
  "WaitQueueTimeoutError",
]);

/**
 * Server codes that mean "not now": the node is no primary, shuts down, lost its peers, timed out, or the login was
 * refused (which happens for a moment while a password is rotated). Source: the driver specifications' lists of
 * retryable and "node is recovering" errors.
 */
const transientCodes: ReadonlySet<number> = new Set([
  6, 7, 18, 50, 64, 89, 91, 134, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436,
]);

const throttlingCodes: ReadonlySet<number> = new Set([429, 16_500]);

interface DriverError extends Error {
  readonly code?: number | string | undefined;
  readonly syscall?: string | undefined;
  readonly keyPattern?: Readonly<Record<string, unknown>> | undefined;
  /** Of a bulk write: one entry a refused document, or the entry itself when there is one. */
  readonly writeErrors?: BulkWriteProblem | readonly BulkWriteProblem[] | undefined;
}

/** One document that a bulk write did not write. */
interface BulkWriteProblem {
  readonly code: number;
  readonly index: number;
}

function asDriverError(error: unknown): DriverError | null {
  return error instanceof Error ? (error as DriverError) : null;
}

/** The documents that a bulk write refused; empty for any other error. */
export function bulkWriteProblems(error: unknown): readonly BulkWriteProblem[] {
  const problems = asDriverError(error)?.writeErrors;
  if (problems === undefined) return [];
  return Array.isArray(problems) ? problems : [problems as BulkWriteProblem];
}

/** Whether a bulk insert left out documents only because a unique index holds them, or others in their place, already. */
export function onlyDuplicates(error: unknown): boolean {
  const problems = bulkWriteProblems(error);
  return problems.length > 0 && problems.every((problem) => problem.code === 11_000);
}

/** Whether a unique index refused the write. */
export function isDuplicateKey(error: unknown): boolean {
  return asDriverError(error)?.code === 11_000;
}

/** Whether the unique index that refused the write is over `field`. */
export function isDuplicateOf(error: unknown, field: string): boolean {
  if (!isDuplicateKey(error)) return false;
  const driverError = asDriverError(error);
  if (driverError?.keyPattern !== undefined) return field in driverError.keyPattern;
  // Servers that do not send the key pattern name the index, and ours are named after their fields.
  return driverError?.message.includes(`${field}_1`) ?? false;
}

/** Whether the server asked for fewer requests: Cosmos DB answers 16500, or 429 from its gateway. */
export function isThrottled(error: unknown): boolean {
  const driverError = asDriverError(error);
  if (driverError === null) return false;
  if (typeof driverError.code === "number" && throttlingCodes.has(driverError.code)) return true;
  if (bulkWriteProblems(error).some((problem) => throttlingCodes.has(problem.code))) return true;
  return /RetryAfterMs=\d+/.test(driverError.message);
}

/** Milliseconds that a throttling server asked to wait, or null. Source: Cosmos DB writes `RetryAfterMs=…` in its text. */
export function throttlingHintMs(error: unknown): number | null {
  const match = /RetryAfterMs=(\d+)/.exec(asDriverError(error)?.message ?? "");
  return match === null ? null : Number(match[1]);
}

/** Whether the database is away, so that the same call may succeed later. */
export function isAway(error: unknown): boolean {
  const driverError = asDriverError(error);
  if (driverError === null) return false;
  if (connectivityErrors.has(driverError.name)) return true;
  if (typeof driverError.code === "number") return transientCodes.has(driverError.code);
  // The look-up of a `mongodb+srv` name fails with the resolver's own error.
  return typeof driverError.syscall === "string" && driverError.name === "Error";
}

/** The `unavailable` that stands for any of them. The driver's words stay in `cause`, which never leaves the process. */
export function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", {
    detail: "The database does not answer at the moment.",
    retryAfterSeconds: 5,
    isRetryable: true,
    cause,
  });
}
