import { commandError, numberedError } from "./errors.ts";
import { functions, namedFunctions } from "./operators/functions.ts";
import { specialForms } from "./operators/special-forms.ts";
import { fieldPathValue, splitPath } from "./paths.ts";
import { type Document, isPlainObject, setField } from "./values.ts";

/** What an expression is evaluated against. */
export interface Scope {
  readonly root: Document;
  readonly variables: Readonly<Document>;
}

/** A compiled expression; undefined means that the value is missing. */
export type Evaluate = (scope: Scope) => unknown;

const systemVariables = new Set(["ROOT", "CURRENT", "NOW", "REMOVE", "KEEP", "PRUNE", "DESCEND"]);

/**
 * Compiles an aggregation expression. `names` are the variables in reach. Throws MongoDB's parse errors: 17276 for an
 * unknown variable, 168 for an unknown operator, 16020 for a wrong number of arguments.
 */
export function compileExpression(expression: unknown, names: readonly string[] = []): Evaluate {
  if (typeof expression === "string") return compileString(expression, names);
  if (Array.isArray(expression)) {
    const items = expression.map((item) => compileExpression(item, names));
    return (scope) => items.map((item) => nullIfMissing(item(scope)));
  }
  if (!isPlainObject(expression)) return () => expression;
  const fields = Object.keys(expression);
  const [first] = fields;
  if (first?.startsWith("$") === true) {
    if (fields.length > 1) {
      throw numberedError(15983, "An object representing an expression must have exactly one field");
    }
    return compileOperator(first, expression[first], names);
  }
  return compileObject(expression, names);
}

export function nullIfMissing(value: unknown): unknown {
  return value === undefined ? null : value;
}

function compileString(text: string, names: readonly string[]): Evaluate {
  if (!text.startsWith("$")) return () => text;
  if (!text.startsWith("$$")) {
    const path = checkedPath(text.slice(1));
    return (scope) => fieldPathValue(scope.root, path);
  }
  const [name = "", ...rest] = splitPath(text.slice(2));
  const start = variable(name, names);
  if (rest.length === 0) return start;
  return (scope) => fieldPathValue(start(scope), rest);
}

function checkedPath(text: string): string[] {
  const path = splitPath(text);
  if (text === "") throw numberedError(16872, "'$' by itself is not a valid FieldPath");
  if (path.includes("")) throw numberedError(15998, "FieldPath field names may not be empty strings.");
  if (path.some((part) => part.startsWith("$"))) {
    throw numberedError(16410, "FieldPath field names may not start with '$'. Consider using $getField or $setField.");
  }
  return path;
}

function variable(name: string, names: readonly string[]): Evaluate {
  if (names.includes(name)) return (scope) => scope.variables[name];
  if (!systemVariables.has(name)) throw numberedError(17276, `Use of undefined variable: ${name}`);
  if (name === "ROOT" || name === "CURRENT") return (scope) => scope.root;
  if (name === "NOW") return (scope) => scope.variables.NOW ?? new Date();
  return () => undefined;
}

function compileObject(expression: Document, names: readonly string[]): Evaluate {
  const fields = Object.entries(expression).map(([name, value]) => {
    if (name.includes(".")) throw numberedError(16412, `FieldPath field names may not contain '.'. Found '${name}'.`);
    return { name, evaluate: compileExpression(value, names) };
  });
  return (scope) => {
    const result: Document = {};
    for (const { name, evaluate } of fields) {
      const value = evaluate(scope);
      if (value !== undefined) setField(result, name, value);
    }
    return result;
  };
}

/** Whether there is an expression operator of this name. */
export function isExpressionOperator(name: string): boolean {
  return [specialForms, namedFunctions, functions].some((operators) => Object.hasOwn(operators, name));
}

function compileOperator(name: string, argument: unknown, names: readonly string[]): Evaluate {
  const special = Object.hasOwn(specialForms, name) ? specialForms[name] : undefined;
  if (special !== undefined) return special(argument, compileExpression, names);
  const named = Object.hasOwn(namedFunctions, name) ? namedFunctions[name] : undefined;
  if (named !== undefined) return compileNamed(name, named, argument, names);
  const plain = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (plain !== undefined) return compileFunction(name, plain, argument, names);
  if (name === "$function" || name === "$accumulator") {
    throw commandError("NotImplemented", `${name} is not supported by the embedded development server`);
  }
  throw Object.assign(numberedError(168, `Unrecognized expression '${name}'`), { codeName: "InvalidPipelineOperator" });
}

/** An operator over a list of evaluated arguments. */
export interface FunctionOperator {
  readonly minimum: number;
  readonly maximum: number;
  readonly apply: (arguments_: readonly unknown[]) => unknown;
}

function compileFunction(
  name: string,
  operator: FunctionOperator,
  argument: unknown,
  names: readonly string[],
): Evaluate {
  const list = Array.isArray(argument) ? argument : [argument];
  if (list.length < operator.minimum || list.length > operator.maximum) {
    const wanted =
      operator.minimum === operator.maximum
        ? `exactly ${operator.minimum}`
        : `at least ${operator.minimum} and at most ${operator.maximum}`;
    throw numberedError(16020, `Expression ${name} takes ${wanted} arguments. ${list.length} were passed in.`);
  }
  const items = list.map((item) => compileExpression(item, names));
  return (scope) => operator.apply(items.map((item) => item(scope)));
}

/** An operator whose argument is an object of evaluated options. */
export interface NamedOperator {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Field operators of dates also take the bare value in place of the object. */
  readonly shorthand?: string;
  readonly apply: (options: Readonly<Document>) => unknown;
}

function compileNamed(name: string, operator: NamedOperator, argument: unknown, names: readonly string[]): Evaluate {
  let given = argument;
  if (operator.shorthand !== undefined && !isOptionObject(given)) {
    given = { [operator.shorthand]: Array.isArray(given) && given.length === 1 ? given[0] : given };
  }
  if (!isPlainObject(given)) throw commandError("FailedToParse", `${name} requires an object as an argument`);
  for (const option of Object.keys(given)) {
    if (!operator.required.includes(option) && !operator.optional.includes(option)) {
      throw commandError("FailedToParse", `${name} found an unknown argument: ${option}`);
    }
  }
  for (const option of operator.required) {
    if (!Object.hasOwn(given, option))
      throw commandError("FailedToParse", `${name} requires '${option}' to be specified`);
  }
  const entries = Object.entries(given).map(([option, value]) => ({
    option,
    evaluate: compileExpression(value, names),
  }));
  return (scope) => {
    const options: Document = {};
    for (const { option, evaluate } of entries) options[option] = nullIfMissing(evaluate(scope));
    return operator.apply(options);
  };
}

function isOptionObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value)[0]?.startsWith("$") !== true;
}
