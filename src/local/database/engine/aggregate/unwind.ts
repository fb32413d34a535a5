import { numberedError } from "../errors.ts";
import { type Document, getField, isPlainObject, setField, typeName } from "../values.ts";
import type { CompileStage } from "./stages.ts";

/** A copy with another value at the path; objects on the way are copied, the stored document stays as it is. */
export function withValue(document: Document, path: readonly string[], value: unknown): Document {
  const [name = "", ...rest] = path;
  const copy = { ...document };
  const inner = getField(document, name);
  const next = rest.length === 0 ? value : withValue(isPlainObject(inner) ? inner : {}, rest, value);
  if (next === undefined) delete copy[name];
  else setField(copy, name, next);
  return copy;
}

function valueAt(document: Document, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const name of path) value = isPlainObject(value) ? getField(value, name) : undefined;
  return value;
}

export const compileUnwind: CompileStage = (argument) => {
  const options: Document = isPlainObject(argument) ? argument : { path: argument };
  for (const name of Object.keys(options)) {
    if (!["path", "preserveNullAndEmptyArrays", "includeArrayIndex"].includes(name)) {
      throw numberedError(28811, `unrecognized option to $unwind stage: ${name}`);
    }
  }
  const { path, preserveNullAndEmptyArrays: keeps = false, includeArrayIndex: indexName } = options;
  if (typeof path !== "string")
    throw numberedError(28808, `expected a string as the path for $unwind stage, got ${typeName(path)}`);
  if (!path.startsWith("$"))
    throw numberedError(28818, `path option to $unwind stage should be prefixed with a '$': ${path}`);
  const parts = path.slice(1).split(".");
  const withIndex = (document: Document, index: number | null): Document =>
    typeof indexName === "string" ? withValue(document, indexName.split("."), index) : document;
  return (documents) =>
    documents.flatMap((document) => {
      const value = valueAt(document, parts);
      if (Array.isArray(value) && value.length > 0) {
        return value.map((item, index) => withIndex(withValue(document, parts, item), index));
      }
      if (value !== undefined && value !== null && !Array.isArray(value)) return [withIndex(document, null)];
      if (keeps !== true) return [];
      return [withIndex(Array.isArray(value) ? withValue(document, parts, undefined) : document, null)];
    });
};
