import type { FunctionOperator } from "../expression.ts";
import { compareValues } from "../values.ts";
import { isTruthy } from "./truth.ts";

const compare = (test: (order: number) => unknown): FunctionOperator => ({
  minimum: 2,
  maximum: 2,
  apply: ([left, right]) => test(compareValues(left, right)),
});

/** Comparisons of expressions order values of different types too, and a missing value is below null. */
export const comparisonFunctions: Readonly<Record<string, FunctionOperator>> = {
  $eq: compare((order) => order === 0),
  $ne: compare((order) => order !== 0),
  $gt: compare((order) => order > 0),
  $gte: compare((order) => order >= 0),
  $lt: compare((order) => order < 0),
  $lte: compare((order) => order <= 0),
  $cmp: compare((order) => Math.sign(order)),
  $not: { minimum: 1, maximum: 1, apply: ([value]) => !isTruthy(value) },
};
