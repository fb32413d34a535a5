import { commandError, unsupported } from "../engine/errors.ts";
import { compileFilter, isOperatorObject, type Predicate } from "../engine/matcher.ts";
import { type Path, splitPath } from "../engine/paths.ts";
import { compareValues, type Document, describe, isNumeric, isPlainObject, toNumber } from "../engine/values.ts";

interface IndexField {
  readonly name: string;
  readonly path: Path;
  readonly direction: 1 | -1;
}

/** An index as it is declared. `listed` is what listIndexes shows: as it was given, with the server's defaults. */
export interface IndexSpecification {
  readonly listed: Document;
  readonly name: string;
  readonly key: Document;
  readonly kind: "ordered" | "text";
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partialFilter: Document | undefined;
  readonly covers: Predicate;
  readonly expireAfterSeconds: number | undefined;
  readonly text: TextOptions | undefined;
}

interface TextOptions {
  readonly weights: ReadonlyMap<string, number>;
  readonly defaultLanguage: string;
  readonly languageOverride: string;
}

const knownOptions = new Set([
  "v",
  "key",
  "name",
  "unique",
  "sparse",
  "partialFilterExpression",
  "expireAfterSeconds",
  "background",
  "hidden",
  "weights",
  "default_language",
  "language_override",
  "textIndexVersion",
  "ns",
]);

const cannotCreate = (message: string) => commandError("CannotCreateIndex", message);

/** Reads one entry of createIndexes. Throws 67, 197 or 238 in MongoDB's manner for what is wrong or not supported. */
export function parseIndexSpecification(given: Document): IndexSpecification {
  for (const option of Object.keys(given)) {
    if (option === "collation" || option === "wildcardProjection" || option === "storageEngine")
      throw unsupported(`an index with ${option}`);
    if (!knownOptions.has(option)) {
      throw commandError(
        "InvalidIndexSpecificationOption",
        `The field '${option}' is not valid for an index specification. Specification: ${describe(given)}`,
      );
    }
  }
  if (given.hidden === true) throw unsupported("a hidden index");
  const { key, name } = given;
  if (!isPlainObject(key) || Object.keys(key).length === 0) throw cannotCreate("Index keys cannot be empty.");
  if (typeof name !== "string" || name === "") {
    throw commandError(
      "FailedToParse",
      "Error in specification: the 'name' field is a required property of an index specification",
    );
  }
  const text = Object.values(key).includes("text") ? parseText(given, key) : undefined;
  const fields =
    text === undefined ? Object.entries(key).map(([field, direction]) => parseField(field, direction)) : [];
  const partialFilter = parsePartialFilter(given);
  return {
    listed: listed(given, key, name, text),
    name,
    key: text === undefined ? key : textKey,
    kind: text === undefined ? "ordered" : "text",
    fields,
    unique: given.unique === true,
    sparse: given.sparse === true,
    partialFilter,
    covers: partialFilter === undefined ? () => true : compileFilter(partialFilter),
    expireAfterSeconds: parseExpiry(given.expireAfterSeconds, key),
    text,
  };
}

const textKey: Document = { _fts: "text", _ftsx: 1 };

function listed(given: Document, key: Document, name: string, text: TextOptions | undefined): Document {
  const { v: _version, key: _key, name: _name, ns: _namespace, weights: _weights, hidden: _hidden, ...options } = given;
  for (const flag of ["unique", "sparse", "background"]) if (options[flag] === false) delete options[flag];
  if (text === undefined) return { v: 2, key, name, ...options };
  const { default_language, language_override, textIndexVersion: _textVersion, ...others } = options;
  return {
    v: 2,
    key: textKey,
    name,
    ...others,
    weights: Object.fromEntries([...text.weights].toSorted(([left], [right]) => (left < right ? -1 : 1))),
    default_language: default_language ?? "english",
    language_override: language_override ?? "language",
    textIndexVersion: 3,
  };
}

function parseField(name: string, direction: unknown): IndexField {
  if (typeof direction === "string") throw unsupported(`an index of type '${direction}'`);
  const number = isNumeric(direction) ? toNumber(direction) : Number.NaN;
  if (Number.isNaN(number) || number === 0) {
    throw cannotCreate(
      `Values in v:2 index key pattern cannot be of type ${typeof direction}. Only numbers > 0, numbers < 0, and strings are allowed.`,
    );
  }
  const path = splitPath(name);
  if (path.includes("")) throw cannotCreate("Index keys cannot contain an empty field.");
  if (name.includes("$**")) throw unsupported("a wildcard index");
  if (path.some((part) => part.startsWith("$")))
    throw cannotCreate("Index key contains an illegal field name: field name starts with '$'.");
  return { name, path, direction: number > 0 ? 1 : -1 };
}

function parseText(given: Document, key: Document): TextOptions {
  const isListed = Object.hasOwn(key, "_fts");
  const names = Object.keys(key).filter((field) => key[field] === "text");
  if (!isListed && names.length !== Object.keys(key).length)
    throw unsupported("a compound text index with other fields");
  if (names.includes("$**")) throw unsupported("a wildcard text index");
  if (given.unique === true) throw unsupported("a unique text index");
  const weights = new Map<string, number>(isListed ? [] : names.map((field) => [field, 1]));
  for (const [field, weight] of Object.entries(isPlainObject(given.weights) ? given.weights : {})) {
    const number = isNumeric(weight) ? toNumber(weight) : Number.NaN;
    if (!(number > 0 && number < 1_000_000_000))
      throw cannotCreate(`text index weight must be in the exclusive interval (0,1000000000) but found: ${number}`);
    weights.set(field, number);
  }
  const defaultLanguage = typeof given.default_language === "string" ? given.default_language : "english";
  if (defaultLanguage !== "english" && defaultLanguage !== "none" && defaultLanguage !== "en")
    throw unsupported(`text search in the language '${defaultLanguage}'`);
  return {
    weights,
    defaultLanguage,
    languageOverride: typeof given.language_override === "string" ? given.language_override : "language",
  };
}

function parseExpiry(value: unknown, key: Document): number | undefined {
  if (value === undefined) return undefined;
  const seconds = isNumeric(value) ? toNumber(value) : Number.NaN;
  if (Object.keys(key).length !== 1 || Object.hasOwn(key, "_id")) {
    throw cannotCreate("TTL indexes are single-field indexes, compound indexes do not support TTL");
  }
  if (!(seconds >= 0 && seconds <= 0x7fffffff)) {
    throw cannotCreate(
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different number than ${describe(value)}`,
    );
  }
  return seconds;
}

const partialOperators = new Set(["$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type", "$in"]);

function parsePartialFilter(given: Document): Document | undefined {
  const filter = given.partialFilterExpression;
  if (filter === undefined) return undefined;
  if (!isPlainObject(filter)) throw cannotCreate("partialFilterExpression must be an object");
  if (given.sparse === true) throw cannotCreate('cannot mix "partialFilterExpression" and "sparse" options');
  checkPartial(filter);
  return filter;
}

function checkPartial(filter: Document): void {
  for (const [name, condition] of Object.entries(filter)) {
    if (name === "$and" && Array.isArray(condition)) {
      for (const part of condition) if (isPlainObject(part)) checkPartial(part);
      continue;
    }
    const isBad =
      name.startsWith("$") ||
      (isOperatorObject(condition) &&
        Object.entries(condition).some(
          ([operator, value]) =>
            !partialOperators.has(operator) || (operator === "$exists" && value !== true && value !== 1),
        ));
    if (isBad) throw cannotCreate(`Expression not supported in partial index: ${describe({ [name]: condition })}`);
  }
}

/** What tells two indexes apart: with the same of these they are one index, whatever they are called. */
function signature(specification: IndexSpecification): Document {
  const { key, partialFilter, unique, sparse } = specification;
  return { key, partialFilter: partialFilter ?? null, unique, sparse };
}

export function haveSameSignature(left: IndexSpecification, right: IndexSpecification): boolean {
  return compareValues(signature(left), signature(right)) === 0;
}

export function areIdentical(left: IndexSpecification, right: IndexSpecification): boolean {
  const sorted = (document: Document) =>
    Object.fromEntries(Object.entries(document).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return compareValues(sorted(left.listed), sorted(right.listed)) === 0;
}
