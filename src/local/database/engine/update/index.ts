import { ObjectId } from "bson";
import { compileStages } from "../aggregate/stages.ts";
import { commandError } from "../errors.ts";
import { compileFilter, isOperatorObject } from "../matcher.ts";
import { splitPath } from "../paths.ts";
import { conjuncts } from "../positional.ts";
import { compareValues, type Document, deepCopy, describe, isPlainObject, setField } from "../values.ts";
import { type ArrayFilters, applyModifications, type Modification, parseModifications } from "./modifications.ts";
import { getPath, setPath } from "./targets.ts";

interface UpdateRequest {
  readonly filter: Document;
  readonly update: unknown;
  readonly arrayFilters?: unknown;
  readonly variables?: Document | undefined;
}

/** A compiled update: makes the new version of a document, never touching the old one. */
export interface CompiledUpdate {
  readonly kind: "operators" | "replacement" | "pipeline";
  apply(document: Document): Document;
  /** The document that an upsert inserts. */
  insert(): Document;
}

/** Compiles `u` of an update. Throws 9 (FailedToParse) for a mixture of operators and fields and for unknown operators. */
export function compileUpdate(request: UpdateRequest): CompiledUpdate {
  const { update } = request;
  if (Array.isArray(update)) return pipelineUpdate(request, update);
  if (!isPlainObject(update)) {
    throw commandError("FailedToParse", "Update argument must be either an object or an array");
  }
  const names = Object.keys(update);
  if (names[0]?.startsWith("$") === true) return operatorUpdate(request, update);
  if (names.some((name) => name.startsWith("$"))) {
    const found = names.find((name) => name.startsWith("$"));
    throw commandError(
      "DollarPrefixedFieldName",
      `The dollar ($) prefixed field '${found}' in '${found}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  }
  return replacement(request, update);
}

function altered(before: unknown, after: unknown) {
  return commandError(
    "ImmutableField",
    `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${describe(after)} from ${describe(before)}`,
  );
}

/** Keeps `_id` first and as it was. */
function withId(id: unknown, document: Document): Document {
  const { _id: given, ...rest } = document;
  if (given !== undefined && compareValues(given, id) !== 0) throw altered(id, given);
  return { _id: id, ...rest };
}

function withAnyId(document: Document): Document {
  const { _id: given, ...rest } = document;
  return { _id: given === undefined ? new ObjectId() : given, ...rest };
}

function replacement(request: UpdateRequest, update: Document): CompiledUpdate {
  return {
    kind: "replacement",
    apply: (document) => withId(document._id, deepCopy(update)),
    insert: () => {
      const { _id: wanted } = equalityFields(request.filter);
      if (wanted === undefined) return withAnyId(deepCopy(update));
      return withId(wanted, deepCopy(update));
    },
  };
}

const updateStages = new Set(["$set", "$addFields", "$unset", "$project", "$replaceRoot", "$replaceWith"]);

function pipelineUpdate(request: UpdateRequest, pipeline: unknown[]): CompiledUpdate {
  for (const stage of pipeline) {
    const [name] = isPlainObject(stage) ? Object.keys(stage) : [];
    if (name === undefined || !updateStages.has(name)) {
      throw commandError("InvalidOptions", `${String(name)} is not allowed to be used within an update`);
    }
  }
  const run = compileStages(pipeline, {
    variables: request.variables ?? {},
    names: Object.keys(request.variables ?? {}),
  });
  const apply = (document: Document): Document => {
    const [result] = run([document]);
    return deepCopy(result ?? {});
  };
  return {
    kind: "pipeline",
    apply: (document) => withId(document._id, apply(document)),
    insert: () => withAnyId(apply(equalityFields(request.filter))),
  };
}

function operatorUpdate(request: UpdateRequest, update: Document): CompiledUpdate {
  const modifications = parseModifications(update);
  const filters = parseArrayFilters(request.arrayFilters, modifications);
  const run = (document: Document, isInsert: boolean): Document => {
    const copy = deepCopy(document);
    applyModifications(copy, modifications, { original: document, filter: request.filter, filters, isInsert });
    return copy;
  };
  return {
    kind: "operators",
    apply: (document) => {
      const result = run(document, false);
      if (compareValues(result._id, document._id) !== 0) {
        throw commandError(
          "ImmutableField",
          "Performing an update on the path '_id' would modify the immutable field '_id'",
        );
      }
      return result;
    },
    insert: () => {
      const base = equalityFields(request.filter);
      const result = run(base, true);
      if (base._id !== undefined && compareValues(base._id, result._id) !== 0) {
        throw commandError(
          "ImmutableField",
          "Performing an update on the path '_id' would modify the immutable field '_id'",
        );
      }
      return withAnyId(result);
    },
  };
}

function parseArrayFilters(given: unknown, modifications: readonly Modification[]): ArrayFilters {
  const filters: ArrayFilters = new Map();
  if (given === undefined || given === null) return filters;
  if (!Array.isArray(given)) throw commandError("TypeMismatch", "arrayFilters has to be an array");
  for (const filter of given) {
    const identifiers = new Set(isPlainObject(filter) ? topLevelNames(filter) : []);
    const [identifier] = identifiers;
    if (identifier === undefined || identifiers.size > 1 || !isPlainObject(filter)) {
      throw commandError("FailedToParse", "Each array filter must use one top-level field name");
    }
    if (filters.has(identifier)) {
      throw commandError(
        "FailedToParse",
        `Found multiple array filters with the same top-level field name ${identifier}`,
      );
    }
    const predicate = compileFilter(filter);
    filters.set(identifier, (element) => predicate({ [identifier]: element }));
  }
  for (const identifier of filters.keys()) {
    if (!modifications.some(({ path }) => path.includes(`$[${identifier}]`))) {
      throw commandError("FailedToParse", `The array filter for identifier '${identifier}' was not used in the update`);
    }
  }
  return filters;
}

function topLevelNames(filter: Document): string[] {
  return Object.entries(filter).flatMap(([name, value]) => {
    if (!name.startsWith("$")) return [splitPath(name)[0] ?? ""];
    return Array.isArray(value) ? value.flatMap((part) => (isPlainObject(part) ? topLevelNames(part) : [])) : [];
  });
}

/** The fields that a filter fixes by equality: what an upsert starts from. */
function equalityFields(filter: Document): Document {
  const result: Document = {};
  for (const clause of conjuncts(filter)) {
    for (const [path, condition] of Object.entries(clause)) {
      const value = path.startsWith("$") ? undefined : fixedValue(condition);
      if (value === undefined) continue;
      if (getPath(result, splitPath(path)) !== undefined) {
        throw commandError("NotSingleValueField", `cannot infer query fields to set, path '${path}' is matched twice`);
      }
      if (path.includes(".")) setPath(result, splitPath(path), deepCopy(value));
      else setField(result, path, deepCopy(value));
    }
  }
  return result;
}

function fixedValue(condition: unknown): unknown {
  if (!isOperatorObject(condition))
    return isPlainObject(condition) || condition === null || !isRegexLike(condition) ? condition : undefined;
  if (Object.hasOwn(condition, "$eq")) return condition.$eq;
  for (const operator of ["$in", "$all"]) {
    const list = condition[operator];
    if (Array.isArray(list) && list.length === 1 && Object.keys(condition).length === 1 && !isOperatorObject(list[0]))
      return list[0];
  }
  return undefined;
}

function isRegexLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && "pattern" in value && !isPlainObject(value);
}
