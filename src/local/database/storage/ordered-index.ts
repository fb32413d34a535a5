import { commandError } from "../engine/errors.ts";
import { indexKeys } from "../engine/paths.ts";
import { compareValues, type Document } from "../engine/values.ts";
import type { IndexSpecification } from "./index-specification.ts";
import { createSortedList, type Position, type SortedList, type StoredRecord } from "./sorted-list.ts";

/** An index that keeps its entries in order: serves equality, ranges, sorts, uniqueness and expiry. */
export interface OrderedIndex {
  readonly specification: IndexSpecification;
  readonly entries: SortedList;
  /** Which fields have gone through an array in some document, ever. */
  readonly multikey: readonly boolean[];
  /** The keys that the document has here; none if the index does not cover it. May throw 171 for parallel arrays. */
  keysOf(document: Document): unknown[];
  /** Throws 11000 (DuplicateKey) if one of the keys belongs to another record. */
  checkUnique(keys: readonly unknown[], owner: StoredRecord | undefined, namespace: string): void;
  add(keys: readonly unknown[], record: StoredRecord): void;
  remove(keys: readonly unknown[], record: StoredRecord): void;
  /** The first place at or after the bound (`after` false) or behind everything equal to it (`after` true). */
  seek(bound: readonly unknown[], after: boolean): Position;
  build(records: Iterable<StoredRecord>, namespace: string): void;
}

/** A single field's key is held bare, which saves an array an entry. */
function firstOf(key: unknown, isSingle: boolean): readonly unknown[] {
  return isSingle ? [key] : (key as unknown[]);
}

/** MongoDB's message and details for a duplicate, which drivers and applications read. */
function duplicateKey(specification: IndexSpecification, values: readonly unknown[], namespace: string) {
  const names = Object.keys(specification.key);
  const keyValue = Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]));
  const shown = names.map((name, index) => `${name}: ${JSON.stringify(values[index] ?? null)}`).join(", ");
  return commandError(
    "DuplicateKey",
    `E11000 duplicate key error collection: ${namespace} index: ${specification.name} dup key: { ${shown} }`,
    { keyPattern: specification.key, keyValue },
  );
}

export function createOrderedIndex(specification: IndexSpecification): OrderedIndex {
  const { fields, unique } = specification;
  const isSingle = fields.length === 1;
  const paths = fields.map((field) => field.path);
  const directions = fields.map((field) => field.direction);
  const firstDirection = directions[0] ?? 1;
  const multikey = fields.map(() => false);

  const comparePrefix = (key: unknown, bound: readonly unknown[]): number => {
    if (isSingle) return compareValues(key, bound[0]) * firstDirection;
    const values = key as unknown[];
    for (let index = 0; index < bound.length; index += 1) {
      const order = compareValues(values[index], bound[index]);
      if (order !== 0) return order * (directions[index] ?? 1);
    }
    return 0;
  };
  const compare = isSingle
    ? (left: unknown, right: unknown) => compareValues(left, right) * firstDirection
    : (left: unknown, right: unknown) => comparePrefix(left, right as unknown[]);
  const entries = createSortedList(compare);

  const parallelArrays = () =>
    commandError(
      "CannotIndexParallelArrays",
      `cannot index parallel arrays [${fields.map((field) => field.name).join("] [")}]`,
    );

  const keysOf = (document: Document): unknown[] => {
    if (!specification.covers(document)) return [];
    const keys = indexKeys(document, paths, parallelArrays);
    if (specification.sparse && !keys.anyPresent) return [];
    for (const [field, isMultikey] of keys.multikey?.entries() ?? []) if (isMultikey) multikey[field] = true;
    return isSingle ? keys.tuples.map((tuple) => tuple[0]) : keys.tuples;
  };

  const seek = (bound: readonly unknown[], after: boolean): Position =>
    entries.seek((key) => {
      const order = comparePrefix(key, bound);
      return after ? order > 0 : order >= 0;
    });

  return {
    specification,
    entries,
    multikey,
    keysOf,
    seek,
    checkUnique(keys, owner, namespace) {
      if (!unique) return;
      for (const key of keys) {
        const values = firstOf(key, isSingle);
        const found = entries.at(seek(values, false));
        if (found !== undefined && found.record !== owner && comparePrefix(found.key, values) === 0) {
          throw duplicateKey(specification, values, namespace);
        }
      }
    },
    add(keys, record) {
      for (const key of keys) entries.insert(key, record);
    },
    remove(keys, record) {
      for (const key of keys) entries.remove(key, record);
    },
    build(records, namespace) {
      const all: { key: unknown; record: StoredRecord }[] = [];
      for (const record of records) for (const key of keysOf(record.document)) all.push({ key, record });
      entries.fill(all);
      if (!unique) return;
      for (let index = 1; index < all.length; index += 1) {
        const [before, here] = [all[index - 1], all[index]];
        if (
          before !== undefined &&
          here !== undefined &&
          before.record !== here.record &&
          compare(before.key, here.key) === 0
        ) {
          throw duplicateKey(specification, firstOf(here.key, isSingle), namespace);
        }
      }
    },
  };
}
