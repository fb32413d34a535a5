import { Long } from "bson";

/** Aggregation's notion of truth: false, null, missing and zero are not. */
export function isTruthy(value: unknown): boolean {
  if (value instanceof Long) return !value.isZero();
  return value !== undefined && value !== null && value !== false && value !== 0;
}
