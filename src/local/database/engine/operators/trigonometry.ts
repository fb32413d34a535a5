import {
  $acos,
  $acosh,
  $asin,
  $asinh,
  $atan,
  $atanh,
  $cos,
  $cosh,
  $degreesToRadians,
  $radiansToDegrees,
  $sin,
  $sinh,
  $tan,
  $tanh,
} from "mingo/operators/expression/trignometry";
import { commandError } from "../errors.ts";
import type { FunctionOperator } from "../expression.ts";
import { isNumeric, toNumber, typeName } from "../values.ts";

type MingoOperator = (document: unknown, expression: unknown, options: unknown) => unknown;

/** Numbers need nothing of mingo's options: they evaluate to themselves. */
function borrow(name: string, operator: MingoOperator): FunctionOperator {
  return {
    minimum: 1,
    maximum: 1,
    apply: ([value]) => {
      if (value === null || value === undefined) return null;
      if (!isNumeric(value)) {
        throw commandError("TypeMismatch", `${name} only supports numeric types, not ${typeName(value)}`);
      }
      return operator({}, toNumber(value), {});
    },
  };
}

const borrowed = {
  $acos,
  $acosh,
  $asin,
  $asinh,
  $atan,
  $atanh,
  $cos,
  $cosh,
  $degreesToRadians,
  $radiansToDegrees,
  $sin,
  $sinh,
  $tan,
  $tanh,
};

/** Trigonometry comes from mingo: plain functions of numbers, where it agrees with MongoDB. */
export const trigonometryFunctions: Readonly<Record<string, FunctionOperator>> = Object.fromEntries(
  Object.entries(borrowed).map(([name, operator]) => [name, borrow(name, operator as MingoOperator)]),
);
