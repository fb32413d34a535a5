import { Long, Timestamp } from "bson";
import { commandError } from "../errors.ts";
import { exact } from "../operators/arithmetic.ts";
import {
  compareValues,
  type Document,
  deepCopy,
  describe,
  isNumeric,
  isPlainObject,
  toNumber,
  typeName,
} from "../values.ts";
import { arrayChanges } from "./array-operators.ts";
import { getPath, setPath, unsetPath } from "./targets.ts";

/** Applies one operator at a concrete path of a private copy. */
export type Change = (document: Document, path: readonly string[], context: { readonly original: Document }) => void;

export interface UpdateOperator {
  /** Checks the argument once, and gives what is done to each document. */
  readonly prepare: (argument: unknown, path: readonly string[]) => Change;
}

const set: UpdateOperator = {
  prepare: (argument) => (document, path) => setPath(document, path, deepCopy(argument)),
};

function arithmetic(operator: "$inc" | "$mul"): UpdateOperator {
  const verb = operator === "$inc" ? "increment" : "multiply";
  return {
    prepare: (argument, path) => {
      if (!isNumeric(argument)) {
        throw commandError(
          "TypeMismatch",
          `Cannot ${verb} with non-numeric argument: {${path.join(".")}: ${describe(argument)}}`,
        );
      }
      return (document, target, { original }) => {
        const current = getPath(document, target);
        if (current === undefined) {
          setPath(document, target, operator === "$inc" ? argument : 0);
          return;
        }
        if (!isNumeric(current)) {
          throw commandError(
            "TypeMismatch",
            `Cannot apply ${operator} to a value of non-numeric type. {_id: ${describe(original._id)}} has the field '${target.at(-1)}' of non-numeric type ${typeName(current)}`,
          );
        }
        setPath(document, target, exact(current, argument, operator === "$inc" ? "add" : "multiply"));
      };
    },
  };
}

function extreme(sign: 1 | -1): UpdateOperator {
  return {
    prepare: (argument) => (document, path) => {
      const current = getPath(document, path);
      if (current === undefined || compareValues(argument, current) * sign > 0)
        setPath(document, path, deepCopy(argument));
    },
  };
}

const rename: UpdateOperator = {
  prepare: (argument, path) => {
    if (typeof argument !== "string") {
      throw commandError(
        "BadValue",
        `The 'to' field for $rename must be a string: ${path.join(".")}: ${describe(argument)}`,
      );
    }
    const target = argument.split(".");
    return (document, source) => {
      const value = getPath(document, source);
      if (value === undefined) return;
      for (const end of [source, target]) refuseArrays(document, end);
      unsetPath(document, source);
      unsetPath(document, target);
      setPath(document, target, value);
    };
  },
};

function refuseArrays(document: Document, path: readonly string[]): void {
  for (let length = 1; length < path.length; length += 1) {
    if (Array.isArray(getPath(document, path.slice(0, length)))) {
      throw commandError(
        "BadValue",
        `The source and target field for $rename must not be on an array element: ${path.join(".")}`,
      );
    }
  }
}

let timestampOrdinal = 0;

const currentDate: UpdateOperator = {
  prepare: (argument, path) => {
    const type = isPlainObject(argument) ? argument.$type : argument;
    if (type !== true && type !== false && type !== "date" && type !== "timestamp") {
      throw commandError(
        "BadValue",
        `${describe(argument)} is not a valid type for $currentDate at ${path.join(".")}. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
      );
    }
    return (document, target) => {
      const now = new Date();
      timestampOrdinal += 1;
      const stamp = new Timestamp({ t: Math.floor(now.getTime() / 1000), i: timestampOrdinal });
      setPath(document, target, type === "timestamp" ? stamp : now);
    };
  },
};

const bitOperations: Readonly<Record<string, (left: Long, right: Long) => Long>> = {
  and: (left, right) => left.and(right),
  or: (left, right) => left.or(right),
  xor: (left, right) => left.xor(right),
};

const bit: UpdateOperator = {
  prepare: (argument, path) => {
    if (!isPlainObject(argument))
      throw commandError("BadValue", `The $bit modifier is not compatible with a ${typeName(argument)}`);
    const steps = Object.entries(argument).map(([name, operand]) => {
      const operation = Object.hasOwn(bitOperations, name) ? bitOperations[name] : undefined;
      if (operation === undefined)
        throw commandError("BadValue", `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`);
      if (!isNumeric(operand) || !Number.isInteger(toNumber(operand))) {
        throw commandError(
          "BadValue",
          `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(operand)}' is not supported here: ${path.join(".")}`,
        );
      }
      return { operation, operand: Long.fromNumber(toNumber(operand)) };
    });
    return (document, target) => {
      const current = getPath(document, target) ?? 0;
      if (!isNumeric(current) || !Number.isInteger(toNumber(current))) {
        throw commandError("BadValue", `Cannot apply $bit to a value of non-integral type: ${typeName(current)}`);
      }
      const result = steps.reduce(
        (value, { operation, operand }) => operation(value, operand),
        Long.fromNumber(toNumber(current)),
      );
      setPath(document, target, result.toNumber());
    };
  },
};

/** Every update operator by its name. */
export const changes: Readonly<Record<string, UpdateOperator>> = {
  $set: set,
  $setOnInsert: set,
  $unset: { prepare: () => (document, path) => unsetPath(document, path) },
  $inc: arithmetic("$inc"),
  $mul: arithmetic("$mul"),
  $min: extreme(-1),
  $max: extreme(1),
  $rename: rename,
  $currentDate: currentDate,
  $bit: bit,
  ...arrayChanges,
};
