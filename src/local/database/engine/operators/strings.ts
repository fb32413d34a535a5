import { commandError, numberedError } from "../errors.ts";
import type { FunctionOperator, NamedOperator } from "../expression.ts";
import { compileRegex, regexSource } from "../regex.ts";
import { compareStrings, type Document, isNumeric, toNumber, typeName } from "../values.ts";

const isNil = (value: unknown): boolean => value === null || value === undefined;

function text(operator: string, value: unknown, code = 16702): string {
  if (typeof value !== "string") throw numberedError(code, `${operator} only supports strings, not ${typeName(value)}`);
  return value;
}

/** What `$toLower`, `$toUpper`, `$substr` and `$strcasecmp` take for a string: null counts as empty. */
function lenient(operator: string, value: unknown): string {
  if (isNil(value)) return "";
  if (value instanceof Date) return value.toISOString();
  if (isNumeric(value)) return String(value);
  return text(operator, value, 16007);
}

function integer(operator: string, value: unknown): number {
  if (!isNumeric(value)) throw numberedError(16034, `${operator}: indexes must be numbers, not ${typeName(value)}`);
  return Math.trunc(toNumber(value));
}

function substringOfCodePoints([value, from, count]: readonly unknown[]): string {
  const start = integer("$substrCP", from);
  const length = integer("$substrCP", count);
  if (start < 0 || length < 0) throw numberedError(34454, "$substrCP: starting index and length must be non-negative");
  return [...lenient("$substrCP", value)].slice(start, start + length).join("");
}

function isContinuationByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000;
}

function substringOfBytes([value, from, count]: readonly unknown[]): string {
  const bytes = Buffer.from(lenient("$substrBytes", value));
  const start = integer("$substrBytes", from);
  const length = integer("$substrBytes", count);
  if (start < 0) throw numberedError(50752, "$substrBytes: starting index must be non-negative");
  const end = length < 0 ? bytes.length : Math.min(bytes.length, start + length);
  if (isContinuationByte(bytes[start]))
    throw numberedError(28656, "$substrBytes: Invalid range, starting index is a UTF-8 continuation byte.");
  if (isContinuationByte(bytes[end]))
    throw numberedError(28657, "$substrBytes: Invalid range, ending index is in the middle of a UTF-8 character.");
  return bytes.subarray(start, end).toString();
}

function indexOfCodePoint([value, wanted, from]: readonly unknown[]): unknown {
  if (isNil(value)) return null;
  const source = text("$indexOfCP", value, 40093);
  const start = from === undefined ? 0 : integer("$indexOfCP", from);
  const offset = [...source].slice(0, start).join("").length;
  const found = source.indexOf(text("$indexOfCP", wanted, 40094), offset);
  return found < 0 ? -1 : [...source.slice(0, found)].length;
}

function indexOfBytes([value, wanted, from]: readonly unknown[]): unknown {
  if (isNil(value)) return null;
  const start = from === undefined ? 0 : integer("$indexOfBytes", from);
  return Buffer.from(text("$indexOfBytes", value, 40091)).indexOf(text("$indexOfBytes", wanted, 40092), start);
}

function split([value, separator]: readonly unknown[]): unknown {
  if (isNil(value) || isNil(separator)) return null;
  const by = text("$split", separator, 40086);
  if (by === "") throw numberedError(40087, "$split requires a non-empty separator");
  return text("$split", value, 40085).split(by);
}

function trim(sides: "both" | "left" | "right"): NamedOperator {
  return {
    required: ["input"],
    optional: ["chars"],
    apply: ({ input, chars }) => {
      if (input === null || chars === null) return null;
      const source = [...text("$trim", input, 50699)];
      const removed = chars === undefined ? undefined : new Set(text("$trim", chars, 50700));
      const isRemoved = (letter: string | undefined) =>
        letter !== undefined && (removed === undefined ? /[\s\0]/u.test(letter) : removed.has(letter));
      let start = 0;
      let end = source.length;
      while (sides !== "right" && start < end && isRemoved(source[start])) start += 1;
      while (sides !== "left" && end > start && isRemoved(source[end - 1])) end -= 1;
      return source.slice(start, end).join("");
    },
  };
}

function replace(every: boolean): NamedOperator {
  return {
    required: ["input", "find", "replacement"],
    optional: [],
    apply: ({ input, find, replacement }) => {
      if (isNil(input) || isNil(find) || isNil(replacement)) return null;
      const source = text("$replaceOne", input, 51746);
      const wanted = text("$replaceOne", find, 51745);
      const substitute = text("$replaceOne", replacement, 51744);
      return every ? source.replaceAll(wanted, () => substitute) : source.replace(wanted, () => substitute);
    },
  };
}

function matches(options: Readonly<Document>): Document[] | null {
  if (isNil(options.input) || isNil(options.regex)) return null;
  const expression = compileRegex(regexSource(options.regex, isNil(options.options) ? undefined : options.options));
  const source = text("$regexFind", options.input, 51104);
  const global = new RegExp(expression.source, `${expression.flags}g`);
  return [...source.matchAll(global)].map((match) => ({
    match: match[0],
    idx: [...source.slice(0, match.index)].length,
    captures: match.slice(1).map((capture) => capture ?? null),
  }));
}

const regexOperator = (apply: (found: Document[] | null) => unknown): NamedOperator => ({
  required: ["input", "regex"],
  optional: ["options"],
  apply: (options) => apply(matches(options)),
});

const operator = (minimum: number, maximum: number, apply: FunctionOperator["apply"]): FunctionOperator => ({
  minimum,
  maximum,
  apply,
});

export const stringFunctions: Readonly<Record<string, FunctionOperator>> = {
  $concat: operator(0, Number.POSITIVE_INFINITY, (values) =>
    values.some(isNil) ? null : values.map((value) => text("$concat", value)).join(""),
  ),
  $toLower: operator(1, 1, ([value]) => lenient("$toLower", value).toLowerCase()),
  $toUpper: operator(1, 1, ([value]) => lenient("$toUpper", value).toUpperCase()),
  $substr: operator(3, 3, substringOfBytes),
  $substrBytes: operator(3, 3, substringOfBytes),
  $substrCP: operator(3, 3, substringOfCodePoints),
  $strLenCP: operator(1, 1, ([value]) => [...text("$strLenCP", value, 34471)].length),
  $strLenBytes: operator(1, 1, ([value]) => Buffer.byteLength(text("$strLenBytes", value, 34473))),
  $strcasecmp: operator(2, 2, ([left, right]) =>
    Math.sign(compareStrings(lenient("$strcasecmp", left).toUpperCase(), lenient("$strcasecmp", right).toUpperCase())),
  ),
  $indexOfCP: operator(2, 3, indexOfCodePoint),
  $indexOfBytes: operator(2, 3, indexOfBytes),
  $split: operator(2, 2, split),
};

export const stringNamedFunctions: Readonly<Record<string, NamedOperator>> = {
  $trim: trim("both"),
  $ltrim: trim("left"),
  $rtrim: trim("right"),
  $replaceOne: replace(false),
  $replaceAll: replace(true),
  $regexMatch: regexOperator((found) => found !== null && found.length > 0),
  $regexFind: regexOperator((found) => found?.[0] ?? null),
  $regexFindAll: regexOperator((found) => found ?? []),
};

/** For conversions: the error that MongoDB gives for a value that cannot become the wanted type. */
export function conversionFailure(value: unknown, target: string) {
  return commandError(
    "ConversionFailure",
    `Unsupported conversion from ${typeName(value)} to ${target} in $convert with no onError value`,
  );
}
