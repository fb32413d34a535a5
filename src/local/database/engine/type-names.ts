import { commandError } from "./errors.ts";

/** Names that `$type` takes, by BSON type number. */
const typeNumbers: Readonly<Record<string, number>> = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binData: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  javascript: 13,
  symbol: 14,
  javascriptWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: -1,
  maxKey: 127,
};

const namesByNumber = new Map(Object.entries(typeNumbers).map(([name, number]) => [number, name]));

/** The type names that one argument of `$type` stands for. Throws 2 (BadValue) for an unknown one. */
export function typeNamesOf(argument: unknown): string[] {
  if (argument === "number") return ["double", "int", "long", "decimal"];
  if (typeof argument === "string" && Object.hasOwn(typeNumbers, argument)) return [argument];
  const name = typeof argument === "number" ? namesByNumber.get(argument) : undefined;
  if (name === undefined) throw commandError("BadValue", `Unknown type name alias: ${String(argument)}`);
  return [name];
}
