import type { FunctionOperator, NamedOperator } from "../expression.ts";
import { arithmeticFunctions } from "./arithmetic.ts";
import { arrayFunctions, arrayNamedFunctions } from "./arrays.ts";
import { comparisonFunctions } from "./comparison.ts";
import { dateNamedFunctions } from "./dates.ts";
import { stringFunctions, stringNamedFunctions } from "./strings.ts";
import { trigonometryFunctions } from "./trigonometry.ts";
import { typeFunctions, typeNamedFunctions } from "./types.ts";

/** Every operator that takes a list of evaluated arguments. */
export const functions: Readonly<Record<string, FunctionOperator>> = {
  ...arithmeticFunctions,
  ...arrayFunctions,
  ...comparisonFunctions,
  ...stringFunctions,
  ...trigonometryFunctions,
  ...typeFunctions,
};

/** Every operator that takes an object of evaluated options. */
export const namedFunctions: Readonly<Record<string, NamedOperator>> = {
  ...arrayNamedFunctions,
  ...dateNamedFunctions,
  ...stringNamedFunctions,
  ...typeNamedFunctions,
};
