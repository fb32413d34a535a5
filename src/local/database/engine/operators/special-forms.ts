import { commandError, numberedError } from "../errors.ts";
import type { Evaluate, Scope } from "../expression.ts";
import { compareValues, type Document, isPlainObject, setField, textScore } from "../values.ts";
import { isTruthy } from "./truth.ts";

type Compile = (expression: unknown, names: readonly string[]) => Evaluate;

/** An operator that decides itself which of its arguments are evaluated, and with which variables. */
type SpecialForm = (argument: unknown, compile: Compile, names: readonly string[]) => Evaluate;

function optionsOf(operator: string, argument: unknown, known: readonly string[]): Document {
  if (!isPlainObject(argument))
    throw commandError("FailedToParse", `${operator} only supports an object as its argument`);
  for (const name of Object.keys(argument)) {
    if (!known.includes(name)) throw commandError("FailedToParse", `Unrecognized parameter to ${operator}: ${name}`);
  }
  return argument;
}

function required(operator: string, options: Document, name: string): unknown {
  if (!Object.hasOwn(options, name)) throw commandError("FailedToParse", `Missing '${name}' parameter to ${operator}`);
  return options[name];
}

function withVariables(scope: Scope, added: Document): Scope {
  return { root: scope.root, variables: { ...scope.variables, ...added } };
}

function asList(argument: unknown): unknown[] {
  return Array.isArray(argument) ? argument : [argument];
}

function arrayOrNull(operator: string, value: unknown): unknown[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw numberedError(28651, `input to ${operator} must be an array`);
  return value;
}

const compileCond: SpecialForm = (argument, compile, names) => {
  let parts: unknown[];
  if (Array.isArray(argument)) {
    if (argument.length !== 3) {
      throw numberedError(16020, `Expression $cond takes exactly 3 arguments. ${argument.length} were passed in.`);
    }
    parts = argument;
  } else {
    const options = optionsOf("$cond", argument, ["if", "then", "else"]);
    parts = ["if", "then", "else"].map((name) => required("$cond", options, name));
  }
  const [condition, yes, no] = parts.map((part) => compile(part, names));
  return (scope) => (isTruthy(condition?.(scope)) ? yes?.(scope) : no?.(scope));
};

const compileSwitch: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$switch", argument, ["branches", "default"]);
  const branches = asList(required("$switch", options, "branches")).map((branch) => {
    const parts = optionsOf("$switch", branch, ["case", "then"]);
    return {
      matches: compile(required("$switch", parts, "case"), names),
      result: compile(required("$switch", parts, "then"), names),
    };
  });
  const otherwise = Object.hasOwn(options, "default") ? compile(options.default, names) : undefined;
  return (scope) => {
    const branch = branches.find(({ matches }) => isTruthy(matches(scope)));
    if (branch !== undefined) return branch.result(scope);
    if (otherwise === undefined) {
      throw numberedError(
        40066,
        "$switch could not find a matching branch for an input, and no default was specified.",
      );
    }
    return otherwise(scope);
  };
};

const compileLet: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$let", argument, ["vars", "in"]);
  const definitions = required("$let", options, "vars");
  if (!isPlainObject(definitions)) throw numberedError(10065, "invalid parameter: expected an object (vars)");
  const variables = Object.entries(definitions).map(([name, value]) => ({ name, evaluate: compile(value, names) }));
  const body = compile(required("$let", options, "in"), [...names, ...Object.keys(definitions)]);
  return (scope) => {
    const added: Document = {};
    for (const { name, evaluate } of variables) added[name] = evaluate(scope);
    return body(withVariables(scope, added));
  };
};

const compileMap: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$map", argument, ["input", "as", "in"]);
  const input = compile(required("$map", options, "input"), names);
  const as = typeof options.as === "string" ? options.as : "this";
  const body = compile(required("$map", options, "in"), [...names, as]);
  return (scope) => {
    const items = arrayOrNull("$map", input(scope));
    return items === null ? null : items.map((item) => body(withVariables(scope, { [as]: item })) ?? null);
  };
};

const compileFilterForm: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$filter", argument, ["input", "as", "cond", "limit"]);
  const input = compile(required("$filter", options, "input"), names);
  const as = typeof options.as === "string" ? options.as : "this";
  const condition = compile(required("$filter", options, "cond"), [...names, as]);
  const limit = Object.hasOwn(options, "limit") ? compile(options.limit, names) : undefined;
  return (scope) => {
    const items = arrayOrNull("$filter", input(scope));
    if (items === null) return null;
    const kept = items.filter((item) => isTruthy(condition(withVariables(scope, { [as]: item }))));
    const most = limit?.(scope);
    return typeof most === "number" ? kept.slice(0, most) : kept;
  };
};

const compileReduce: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$reduce", argument, ["input", "initialValue", "in"]);
  const input = compile(required("$reduce", options, "input"), names);
  const initial = compile(required("$reduce", options, "initialValue"), names);
  const body = compile(required("$reduce", options, "in"), [...names, "this", "value"]);
  return (scope) => {
    const items = arrayOrNull("$reduce", input(scope));
    if (items === null) return null;
    let value = initial(scope);
    for (const item of items) value = body(withVariables(scope, { this: item, value }));
    return value;
  };
};

const compileSortArray: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$sortArray", argument, ["input", "sortBy"]);
  const input = compile(required("$sortArray", options, "input"), names);
  const compare = elementOrder(required("$sortArray", options, "sortBy"));
  return (scope) => {
    const items = arrayOrNull("$sortArray", input(scope));
    return items === null ? null : items.toSorted(compare);
  };
};

/** The order of `$sortArray` and of `$push` with `$sort`: 1 or -1 for whole elements, or an object of fields. */
export function elementOrder(specification: unknown): (left: unknown, right: unknown) => number {
  if (specification === 1 || specification === -1) return (left, right) => compareValues(left, right) * specification;
  if (!isPlainObject(specification) || Object.keys(specification).length === 0) {
    throw commandError(
      "BadValue",
      "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields",
    );
  }
  const fields = Object.entries(specification).map(([name, direction]) => {
    if (direction !== 1 && direction !== -1)
      throw commandError("BadValue", "The $sort element value must be either 1 or -1");
    return { path: name.split("."), direction };
  });
  return (left, right) => {
    for (const { path, direction } of fields) {
      const order = compareValues(innerValue(left, path), innerValue(right, path)) * direction;
      if (order !== 0) return order;
    }
    return 0;
  };
}

function innerValue(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = isPlainObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found === undefined ? null : found;
}

const compileAnd: SpecialForm = (argument, compile, names) => {
  const parts = asList(argument).map((part) => compile(part, names));
  return (scope) => parts.every((part) => isTruthy(part(scope)));
};

const compileOr: SpecialForm = (argument, compile, names) => {
  const parts = asList(argument).map((part) => compile(part, names));
  return (scope) => parts.some((part) => isTruthy(part(scope)));
};

const compileIfNull: SpecialForm = (argument, compile, names) => {
  const parts = asList(argument).map((part) => compile(part, names));
  if (parts.length < 2) throw numberedError(1257300, `$ifNull needs at least two arguments, had: ${parts.length}`);
  return (scope) => {
    let value: unknown;
    for (const part of parts) {
      value = part(scope);
      if (value !== null && value !== undefined) return value;
    }
    return value;
  };
};

const compileGetField: SpecialForm = (argument, compile, names) => {
  const options = isPlainObject(argument) && Object.hasOwn(argument, "field") ? argument : { field: argument };
  const field = compile(options.field, names);
  const input = Object.hasOwn(options, "input") ? compile(options.input, names) : undefined;
  return (scope) => {
    const source = input === undefined ? scope.root : input(scope);
    const name = field(scope);
    if (source === null || source === undefined) return null;
    if (typeof name !== "string") throw numberedError(3041704, "$getField requires 'field' to evaluate to type String");
    return isPlainObject(source) && Object.hasOwn(source, name) ? source[name] : undefined;
  };
};

const compileSetField: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$setField", argument, ["field", "input", "value"]);
  const field = compile(required("$setField", options, "field"), names);
  const input = compile(required("$setField", options, "input"), names);
  const value = compile(required("$setField", options, "value"), names);
  return (scope) => withField(input(scope), field(scope), value(scope));
};

const compileUnsetField: SpecialForm = (argument, compile, names) => {
  const options = optionsOf("$unsetField", argument, ["field", "input"]);
  const field = compile(required("$unsetField", options, "field"), names);
  const input = compile(required("$unsetField", options, "input"), names);
  return (scope) => withField(input(scope), field(scope), undefined);
};

function withField(source: unknown, name: unknown, value: unknown): unknown {
  if (source === null || source === undefined) return null;
  if (!isPlainObject(source)) throw numberedError(4161105, "$setField requires 'input' to evaluate to type Object");
  if (typeof name !== "string")
    throw numberedError(4161107, "$setField requires 'field' to evaluate to a constant string");
  const result = { ...source };
  if (value === undefined) delete result[name];
  else setField(result, name, value);
  return result;
}

const compileMeta: SpecialForm = (argument) => {
  if (argument !== "textScore") throw numberedError(17308, `Unsupported argument to $meta: ${String(argument)}`);
  return (scope) => (scope.root as { [textScore]?: number })[textScore];
};

export const specialForms: Readonly<Record<string, SpecialForm>> = {
  $literal: (argument) => () => argument,
  $cond: compileCond,
  $switch: compileSwitch,
  $let: compileLet,
  $map: compileMap,
  $filter: compileFilterForm,
  $reduce: compileReduce,
  $sortArray: compileSortArray,
  $and: compileAnd,
  $or: compileOr,
  $ifNull: compileIfNull,
  $getField: compileGetField,
  $setField: compileSetField,
  $unsetField: compileUnsetField,
  $meta: compileMeta,
};
