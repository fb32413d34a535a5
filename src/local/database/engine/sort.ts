import { commandError, numberedError } from "./errors.ts";
import { type Path, sortKey, splitPath } from "./paths.ts";
import { compareValues, type Document, isNumeric, isPlainObject, textScore, toNumber } from "./values.ts";

export interface SortField {
  readonly path: Path;
  readonly name: string;
  readonly direction: 1 | -1;
  /** Sort by the score of a `$text` search, best first. */
  readonly byTextScore: boolean;
}

/** Reads a sort specification. Throws 2 (BadValue) on anything but 1, -1 and `{$meta: "textScore"}`. */
export function parseSort(specification: Document | undefined): SortField[] {
  return Object.entries(specification ?? {}).map(([name, value]) => {
    if (isPlainObject(value) && value.$meta === "textScore")
      return { path: [name], name, direction: -1, byTextScore: true };
    const direction = isNumeric(value) ? toNumber(value) : Number.NaN;
    if (direction !== 1 && direction !== -1) {
      throw numberedError(15975, "$sort key ordering must be 1 (for ascending) or -1 (for descending)");
    }
    if (name === "" || name.startsWith("$")) throw commandError("BadValue", `Invalid sort field: ${name}`);
    return { path: splitPath(name), name, direction, byTextScore: false };
  });
}

interface Keyed {
  readonly document: Document;
  readonly keys: unknown[];
}

/** Orders of two lists of sort keys. */
export function compareKeys(left: readonly unknown[], right: readonly unknown[], fields: readonly SortField[]): number {
  for (let index = 0; index < fields.length; index += 1) {
    const order = compareValues(left[index], right[index]) * (fields[index]?.direction ?? 1);
    if (order !== 0) return order;
  }
  return 0;
}

function keysOf(document: Document, fields: readonly SortField[]): unknown[] {
  return fields.map((field) =>
    field.byTextScore
      ? ((document as { [textScore]?: number })[textScore] ?? null)
      : sortKey(document, field.path, field.direction),
  );
}

/** A sorted copy; documents that compare equal keep their order. With a small `limit` only so many are kept while sorting. */
export function sortDocuments(
  documents: readonly Document[],
  fields: readonly SortField[],
  limit?: number,
): Document[] {
  if (fields.length === 0) return limit === undefined ? [...documents] : documents.slice(0, limit);
  const keyed: Keyed[] = documents.map((document) => ({ document, keys: keysOf(document, fields) }));
  keyed.sort((left, right) => compareKeys(left.keys, right.keys, fields));
  const kept = limit === undefined ? keyed : keyed.slice(0, limit);
  return kept.map(({ document }) => document);
}
