import { BSONRegExp } from "bson";
import { commandError, unsupported } from "./errors.ts";
import { compileExpression } from "./expression.ts";
import { isTruthy } from "./operators/truth.ts";
import { someLeaf, someValue, splitPath } from "./paths.ts";
import { compileRegex, isRegex, regexSource } from "./regex.ts";
import { typeNamesOf } from "./type-names.ts";
import {
  compareValues,
  type Document,
  describe,
  equalValues,
  isNumeric,
  isPlainObject,
  rank,
  rankOf,
  toNumber,
  typeName,
  valueKey,
} from "./values.ts";

export type Predicate = (document: Document) => boolean;
type ValuePredicate = (value: unknown) => boolean;

export interface MatchOptions {
  /** What the command's `let`, or an outer `$lookup`, defines. */
  readonly variables?: Document | undefined;
  /** Answers `$text`; without it `$text` is refused where it stands. */
  readonly text?: ((specification: Document) => Predicate) | undefined;
}

const badValue = (message: string) => commandError("BadValue", message);

/** Whether an object in a filter holds operators. A mixture is refused, as MongoDB does. */
export function isOperatorObject(value: unknown): value is Document {
  if (!isPlainObject(value)) return false;
  const first = Object.keys(value)[0];
  return first?.startsWith("$") === true && first !== "$ref" && first !== "$id" && first !== "$db";
}

/** Compiles a filter once; the predicate then runs against any number of documents. Throws 2 (BadValue) on a bad filter. */
export function compileFilter(filter: Document, options: MatchOptions = {}): Predicate {
  const predicates = Object.entries(filter).map(([name, condition]) => compileClause(name, condition, options));
  const [only] = predicates;
  if (predicates.length === 1 && only !== undefined) return only;
  return (document) => predicates.every((predicate) => predicate(document));
}

function compileClause(name: string, condition: unknown, options: MatchOptions): Predicate {
  if (name.startsWith("$")) return compileTopLevel(name, condition, options);
  return compileField(name, condition, options);
}

function subFilters(name: string, condition: unknown, options: MatchOptions): Predicate[] {
  if (!Array.isArray(condition) || condition.length === 0) throw badValue(`${name} must be a nonempty array`);
  return condition.map((part) => {
    if (!isPlainObject(part)) throw badValue(`${name} argument's entries must be objects`);
    return compileFilter(part, options);
  });
}

function compileTopLevel(name: string, condition: unknown, options: MatchOptions): Predicate {
  switch (name) {
    case "$and": {
      const parts = subFilters(name, condition, options);
      return (document) => parts.every((part) => part(document));
    }
    case "$or": {
      const parts = subFilters(name, condition, { ...options, text: undefined });
      return (document) => parts.some((part) => part(document));
    }
    case "$nor": {
      const parts = subFilters(name, condition, { ...options, text: undefined });
      return (document) => !parts.some((part) => part(document));
    }
    case "$expr": {
      const expression = compileExpression(condition, Object.keys(options.variables ?? {}));
      return (document) => isTruthy(expression({ root: document, variables: options.variables ?? {} }));
    }
    case "$text":
      if (options.text === undefined || !isPlainObject(condition))
        throw badValue("$text is not allowed in this context");
      return options.text(condition);
    case "$comment":
      return () => true;
    case "$where":
    case "$jsonSchema":
    case "$sampleRate":
      throw unsupported(name);
    default:
      throw badValue(
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function compileField(path: string, condition: unknown, options: MatchOptions): Predicate {
  const parts = splitPath(path);
  if (isRegex(condition)) return onValues(parts, regexPredicate(condition, undefined));
  if (!isOperatorObject(condition)) return equality(parts, condition);
  return compileConditions(parts, condition, options);
}

/** The operators of one object, which have to hold together. An empty path stands for a value itself, not to be entered. */
function compileConditions(parts: readonly string[], condition: Document, options: MatchOptions): Predicate {
  const predicates = Object.entries(condition)
    .filter(([operator]) => operator !== "$options")
    .map(([operator, argument]) => compileOperator(parts, operator, argument, condition, options));
  const [only] = predicates;
  if (predicates.length === 1 && only !== undefined) return only;
  return (document) => predicates.every((predicate) => predicate(document));
}

/** The predicate of what the path leads to: of an array, the whole. */
function onLeaf(path: readonly string[], predicate: ValuePredicate): Predicate {
  if (path.length === 0) return predicate as Predicate;
  return (document) => someLeaf(document, path, 0, predicate);
}

/** The predicate of what the path leads to: of an array, also each of its elements. */
function onValues(path: readonly string[], predicate: ValuePredicate): Predicate {
  const [name] = path;
  if (name === undefined) return predicate as Predicate;
  if (path.length > 1) return (document) => someValue(document, path, predicate);
  return (document) => {
    const value = Object.hasOwn(document, name) ? document[name] : undefined;
    return predicate(value) || (Array.isArray(value) && value.some(predicate));
  };
}

function equality(path: readonly string[], wanted: unknown): Predicate {
  return onValues(path, equalTo(wanted));
}

function equalTo(wanted: unknown): ValuePredicate {
  if (wanted === null || wanted === undefined) return (value) => value === undefined || value === null;
  if (typeof wanted === "string" || typeof wanted === "boolean") return (value) => value === wanted;
  return (value) => equalValues(value, wanted);
}

function negated(predicate: Predicate): Predicate {
  return (document) => !predicate(document);
}

type OperatorCompiler = (
  path: readonly string[],
  argument: unknown,
  siblings: Document,
  options: MatchOptions,
) => Predicate;

const operators: Readonly<Record<string, OperatorCompiler>> = {
  $eq: (path, argument) => equality(path, argument),
  $ne: (path, argument) => {
    if (isRegex(argument)) throw badValue("Can't have regex as arg to $ne.");
    return negated(equality(path, argument));
  },
  $gt: (path, argument) => onValues(path, comparison("$gt", argument)),
  $gte: (path, argument) => onValues(path, comparison("$gte", argument)),
  $lt: (path, argument) => onValues(path, comparison("$lt", argument)),
  $lte: (path, argument) => onValues(path, comparison("$lte", argument)),
  $in: (path, argument) => onValues(path, membership("$in", argument)),
  $nin: (path, argument) => negated(onValues(path, membership("$nin", argument))),
  $exists: (path, argument) => {
    const exists = onLeaf(path, (value) => value !== undefined);
    return isTruthy(argument) ? exists : negated(exists);
  },
  $type: (path, argument) => onValues(path, typePredicate(argument)),
  $mod: (path, argument) => onValues(path, modulo(argument)),
  $regex: (path, argument, siblings) => onValues(path, regexPredicate(argument, siblings.$options)),
  $size: (path, argument) => {
    if (!isNumeric(argument) || !Number.isInteger(toNumber(argument)) || toNumber(argument) < 0) {
      throw badValue(`Failed to parse $size. Expected a non-negative integer, got: ${describe(argument)}`);
    }
    const size = toNumber(argument);
    return onLeaf(path, (value) => Array.isArray(value) && value.length === size);
  },
  $all: (path, argument, _siblings, options) => compileAll(path, argument, options),
  $elemMatch: (path, argument, _siblings, options) => {
    const element = elementPredicate(argument, options);
    return onLeaf(path, (value) => Array.isArray(value) && value.some(element));
  },
  $not: (path, argument, _siblings, options) => {
    if (isRegex(argument)) return negated(onValues(path, regexPredicate(argument, undefined)));
    if (!isOperatorObject(argument)) throw badValue("$not needs a regex or a document");
    return negated(compileConditions(path, argument, options));
  },
  $comment: () => () => true,
};

function compileOperator(
  path: readonly string[],
  operator: string,
  argument: unknown,
  siblings: Document,
  options: MatchOptions,
): Predicate {
  const compile = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
  if (compile !== undefined) return compile(path, argument, siblings, options);
  if (/^\$(?:geo|near|bits|within|jsonSchema)/.test(operator)) throw unsupported(operator);
  throw badValue(`unknown operator: ${operator}`);
}

type Comparison = "$gt" | "$gte" | "$lt" | "$lte";

/** Range predicates compare only values of the same type class; NaN is equal to itself and to nothing else. */
function comparison(operator: Comparison, wanted: unknown): ValuePredicate {
  if (isRegex(wanted)) throw badValue(`Can't have RegEx as arg to predicate over field '${operator}'.`);
  const inclusive = operator === "$gte" || operator === "$lte";
  const wantedRank = rankOf(wanted === undefined ? null : wanted);
  if (wantedRank === rank.null) return inclusive ? equalTo(null) : () => false;
  const sign = operator === "$gt" || operator === "$gte" ? 1 : -1;
  const acrossTypes = wantedRank === rank.minKey || wantedRank === rank.maxKey;
  const wantedIsNaN = Number.isNaN(wanted);
  return (value) => {
    if (value === undefined) return false;
    if (!acrossTypes && rankOf(value) !== wantedRank) return false;
    if (wantedIsNaN || Number.isNaN(value)) return inclusive && wantedIsNaN && Number.isNaN(value);
    const order = compareValues(value, wanted);
    return order === 0 ? inclusive : Math.sign(order) === sign;
  };
}

function membership(operator: string, argument: unknown): ValuePredicate {
  if (!Array.isArray(argument)) throw badValue(`${operator} needs an array`);
  const keys = new Set<string>();
  const expressions: ValuePredicate[] = [];
  for (const item of argument) {
    if (isOperatorObject(item)) throw badValue(`cannot nest $ under ${operator}`);
    if (isRegex(item)) expressions.push(regexPredicate(item, undefined));
    else keys.add(valueKey(item === undefined ? null : item));
  }
  if (keys.has("z")) keys.add("u");
  return (value) => keys.has(valueKey(value)) || expressions.some((expression) => expression(value));
}

function typePredicate(argument: unknown): ValuePredicate {
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length === 0) throw commandError("FailedToParse", "$type must match at least one type");
  const names = new Set(list.flatMap((item) => typeNamesOf(isNumeric(item) ? toNumber(item) : item)));
  return (value) => value !== undefined && names.has(typeName(value));
}

function modulo(argument: unknown): ValuePredicate {
  if (!Array.isArray(argument) || argument.length !== 2) {
    throw badValue(
      `malformed mod, ${Array.isArray(argument) && argument.length > 2 ? "too many" : "not enough"} elements`,
    );
  }
  const [divisor, remainder] = argument.map((item) => (isNumeric(item) ? Math.trunc(toNumber(item)) : Number.NaN));
  if (divisor === undefined || remainder === undefined || Number.isNaN(divisor)) {
    throw badValue("malformed mod, divisor not a number");
  }
  if (Number.isNaN(remainder)) throw badValue("malformed mod, remainder not a number");
  if (divisor === 0) throw badValue("divisor cannot be 0");
  return (value) => isNumeric(value) && Math.trunc(toNumber(value)) % divisor === remainder;
}

function regexPredicate(argument: unknown, flags: unknown): ValuePredicate {
  const source = regexSource(argument, flags);
  const expression = compileRegex(source);
  return (value) => {
    if (typeof value === "string") return expression.test(value);
    return value instanceof BSONRegExp && value.pattern === source.pattern && value.options === source.options;
  };
}

function compileAll(path: readonly string[], argument: unknown, options: MatchOptions): Predicate {
  if (!Array.isArray(argument)) throw badValue("$all needs an array");
  if (argument.length === 0) return () => false;
  const predicates = argument.map((item) => {
    if (isPlainObject(item) && Object.hasOwn(item, "$elemMatch")) return compileConditions(path, item, options);
    if (isOperatorObject(item)) throw badValue("no $ expressions in $all");
    if (isRegex(item)) return onValues(path, regexPredicate(item, undefined));
    return equality(path, item);
  });
  return (document) => predicates.every((predicate) => predicate(document));
}

const logical = new Set(["$and", "$or", "$nor", "$expr"]);

/** The condition of `$elemMatch` (and of `$pull`) on one element: operators on the value itself, or a filter on an object. */
export function elementPredicate(argument: unknown, options: MatchOptions): ValuePredicate {
  if (!isPlainObject(argument)) throw badValue("$elemMatch needs an Object");
  const first = Object.keys(argument)[0];
  if (first !== undefined && isOperatorObject(argument) && !logical.has(first)) {
    return compileConditions([], argument, options) as ValuePredicate;
  }
  const predicate = compileFilter(argument, { ...options, text: undefined });
  return (element) => {
    if (isPlainObject(element)) return predicate(element);
    return Array.isArray(element) && predicate(Object.fromEntries(element.entries()));
  };
}
