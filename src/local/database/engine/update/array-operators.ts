import { commandError } from "../errors.ts";
import { elementPredicate, isOperatorObject } from "../matcher.ts";
import { elementOrder } from "../operators/special-forms.ts";
import { compileRegex, isRegex, regexSource } from "../regex.ts";
import {
  type Document,
  deepCopy,
  describe,
  equalValues,
  isNumeric,
  isPlainObject,
  toNumber,
  typeName,
} from "../values.ts";
import type { UpdateOperator } from "./operators.ts";
import { getPath, setPath } from "./targets.ts";

function arrayAt(document: Document, path: readonly string[], original: Document): unknown[] | undefined {
  const value = getPath(document, path);
  if (value === undefined || Array.isArray(value)) return value;
  throw commandError(
    "BadValue",
    `The field '${path.join(".")}' must be an array but is of type ${typeName(value)} in document {_id: ${describe(original._id)}}`,
  );
}

interface PushOptions {
  readonly items: readonly unknown[];
  readonly position: number | undefined;
  readonly slice: number | undefined;
  readonly order: ((left: unknown, right: unknown) => number) | undefined;
}

function integerOption(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (!isNumeric(value) || !Number.isInteger(toNumber(value))) {
    throw commandError(
      "BadValue",
      `The value for ${name} must be an integer value but was given type: ${typeName(value)}`,
    );
  }
  return toNumber(value);
}

function eachOf(operator: string, argument: Document): readonly unknown[] {
  if (!Array.isArray(argument.$each)) {
    throw commandError(
      operator === "$push" ? "BadValue" : "TypeMismatch",
      `The argument to $each in ${operator} must be an array but it was of type: ${typeName(argument.$each)}`,
    );
  }
  return argument.$each;
}

function pushOptions(argument: unknown): PushOptions {
  if (!isPlainObject(argument) || !Object.hasOwn(argument, "$each")) {
    return { items: [argument], position: undefined, slice: undefined, order: undefined };
  }
  for (const name of Object.keys(argument)) {
    if (!["$each", "$position", "$slice", "$sort"].includes(name)) {
      throw commandError("BadValue", `Unrecognized clause in $push: ${name}`);
    }
  }
  return {
    items: eachOf("$push", argument),
    position: integerOption("$position", argument.$position),
    slice: integerOption("$slice", argument.$slice),
    order: argument.$sort === undefined ? undefined : elementOrder(argument.$sort),
  };
}

function sliced(items: unknown[], slice: number | undefined): unknown[] {
  if (slice === undefined) return items;
  if (slice === 0) return [];
  return slice > 0 ? items.slice(0, slice) : items.slice(slice);
}

const push: UpdateOperator = {
  prepare: (argument) => {
    const { items, position, slice, order } = pushOptions(argument);
    return (document, path, { original }) => {
      const array = [...(arrayAt(document, path, original) ?? [])];
      array.splice(position ?? array.length, 0, ...items.map(deepCopy));
      if (order !== undefined) array.sort(order);
      setPath(document, path, sliced(array, slice));
    };
  },
};

const addToSet: UpdateOperator = {
  prepare: (argument) => {
    const items =
      isPlainObject(argument) && Object.hasOwn(argument, "$each") ? eachOf("$addToSet", argument) : [argument];
    return (document, path, { original }) => {
      const array = [...(arrayAt(document, path, original) ?? [])];
      for (const item of items) {
        if (!array.some((present) => equalValues(present, item))) array.push(deepCopy(item));
      }
      setPath(document, path, array);
    };
  },
};

function removing(prepare: (argument: unknown) => (element: unknown) => boolean): UpdateOperator {
  return {
    prepare: (argument) => {
      const isRemoved = prepare(argument);
      return (document, path) => {
        const array = getPath(document, path);
        if (array === undefined) return;
        if (!Array.isArray(array)) throw commandError("BadValue", "Cannot apply $pull to a non-array value");
        setPath(
          document,
          path,
          array.filter((element) => !isRemoved(element)),
        );
      };
    },
  };
}

const pull = removing((argument) => {
  if (isRegex(argument)) {
    const expression = compileRegex(regexSource(argument, undefined));
    return (element) => typeof element === "string" && expression.test(element);
  }
  if (!isPlainObject(argument)) return (element) => equalValues(element, argument);
  const matches = elementPredicate(argument, {});
  if (isOperatorObject(argument)) return matches;
  return (element) => isPlainObject(element) && matches(element);
});

const pullAll = removing((argument) => {
  if (!Array.isArray(argument))
    throw commandError("BadValue", `$pullAll requires an array argument but was given a ${typeName(argument)}`);
  return (element) => argument.some((item) => equalValues(element, item));
});

const pop: UpdateOperator = {
  prepare: (argument, name) => {
    const end = isNumeric(argument) ? toNumber(argument) : Number.NaN;
    if (end !== 1 && end !== -1) {
      throw commandError("FailedToParse", `$pop expects 1 or -1, found: ${describe(argument)} at ${name.join(".")}`);
    }
    return (document, path) => {
      const array = getPath(document, path);
      if (array === undefined) return;
      if (!Array.isArray(array)) {
        throw commandError(
          "TypeMismatch",
          `Path '${path.join(".")}' contains an element of non-array type '${typeName(array)}'`,
        );
      }
      setPath(document, path, end === 1 ? array.slice(0, -1) : array.slice(1));
    };
  },
};

export const arrayChanges: Readonly<Record<string, UpdateOperator>> = {
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pullAll: pullAll,
  $pop: pop,
};
