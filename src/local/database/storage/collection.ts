import { ObjectId, serialize } from "bson";
import { commandError } from "../engine/errors.ts";
import { compareValues, type Document, isPlainObject, rank, rankOf, valueKey } from "../engine/values.ts";
import { writeOptions } from "./append-log.ts";
import {
  areIdentical,
  haveSameSignature,
  type IndexSpecification,
  parseIndexSpecification,
} from "./index-specification.ts";
import { createOrderedIndex, type OrderedIndex } from "./ordered-index.ts";
import type { StoredRecord } from "./sorted-list.ts";
import { createTextIndex, type TextIndex } from "./text-index.ts";

const largestDocument = 16 * 1024 * 1024;

/** What a change has to say to the log. */
export interface ChangeListener {
  put(namespace: string, encoded: Uint8Array): void;
  removed(namespace: string, id: unknown): void;
  indexCreated(namespace: string, listed: Document): void;
  indexDropped(namespace: string, name: string): void;
}

/** Documents with their indexes. Every change is checked against all indexes before anything is touched. */
export interface Collection {
  readonly namespace: string;
  readonly size: number;
  readonly indexes: readonly OrderedIndex[];
  readonly textIndex: TextIndex | undefined;
  records(): Iterable<StoredRecord>;
  byId(id: unknown): StoredRecord | undefined;
  /** Inserts; adds an `_id` if there is none. Throws 11000, 171 and 53 for a bad `_id`. */
  insert(document: Document): Document;
  /** Exchanges a record's document for a new version with the same `_id`. */
  replace(record: StoredRecord, document: Document): void;
  remove(record: StoredRecord): void;
  /** Answers false if the same index is there already. Throws 85, 86 or 67 on conflicts, 11000 on duplicates. */
  createIndex(given: Document): boolean;
  dropIndex(name: string): void;
  specifications(): IndexSpecification[];
  /** Changes when a TTL index lets documents expire. */
  setExpiry(name: string, seconds: number): number | undefined;
  /** Loads documents without checks, before `finishLoading`. */
  load(document: Document): void;
  unload(id: unknown): void;
  createIndexLater(listed: Document): void;
  /** Builds the indexes over what was loaded. */
  finishLoading(): void;
}

function checkId(id: unknown): void {
  const found = rankOf(id);
  if (found === rank.array || found === rank.regex) {
    throw commandError(
      "InvalidIdField",
      `The '_id' value cannot be of type ${found === rank.array ? "array" : "regex"}`,
    );
  }
  if (isPlainObject(id) && Object.keys(id).some((name) => name.startsWith("$"))) {
    throw commandError("DollarPrefixedFieldName", "_id fields may not contain '$'-prefixed fields");
  }
}

/** The stored form. Throws 10334 above MongoDB's 16 MiB. */
function encode(document: Document): Uint8Array {
  const encoded = serialize(document, writeOptions);
  if (encoded.length <= largestDocument) return encoded;
  throw commandError(
    "BSONObjectTooLarge",
    `object to insert too large. size in bytes: ${encoded.length}, max size: ${largestDocument}`,
  );
}

/** `_id` first, as MongoDB stores it. */
function withIdFirst(document: Document): Document {
  const [first] = Object.keys(document);
  if (first === "_id") return document;
  const { _id: id = new ObjectId(), ...rest } = document;
  return { _id: id, ...rest };
}

export function createCollection(namespace: string, listener: ChangeListener): Collection {
  const records = new Map<string, StoredRecord>();
  let indexes: OrderedIndex[] = [
    createOrderedIndex({ ...parseIndexSpecification({ key: { _id: 1 }, name: "_id_" }), unique: true }),
  ];
  let textIndex: TextIndex | undefined;
  let textPosition = 0;
  let pending: IndexSpecification[] = [];
  let nextNumber = 1;

  const addEverywhere = (record: StoredRecord, keys: readonly (readonly unknown[])[]): void => {
    for (const [position, index] of indexes.entries()) index.add(keys[position] ?? [], record);
    textIndex?.add(record);
  };

  const removeEverywhere = (record: StoredRecord): void => {
    for (const index of indexes) index.remove(index.keysOf(record.document), record);
    textIndex?.remove(record);
  };

  /** Only the indexes whose keys differ are touched: most updates change none of them. */
  const exchange = (record: StoredRecord, document: Document, keys: readonly (readonly unknown[])[]): void => {
    for (const [position, index] of indexes.entries()) {
      const before = index.keysOf(record.document);
      const after = keys[position] ?? [];
      if (compareValues(before, after) === 0) continue;
      index.remove(before, record);
      index.add(after, record);
    }
    textIndex?.exchange(record, document);
    record.document = document;
  };

  /** In the order of their creation. */
  const specifications = (): IndexSpecification[] => {
    const all = indexes.map((index) => index.specification);
    if (textIndex === undefined) return all;
    return all.toSpliced(textPosition, 0, textIndex.specification);
  };

  const refuseConflict = (wanted: IndexSpecification): boolean => {
    const shown = `Requested index: ${JSON.stringify(wanted.listed)}`;
    const sameName = specifications().find((present) => present.name === wanted.name);
    if (sameName !== undefined) {
      if (!haveSameSignature(sameName, wanted)) {
        throw commandError(
          "IndexKeySpecsConflict",
          `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. ${shown}, existing index: ${JSON.stringify(sameName.listed)}`,
        );
      }
      if (areIdentical(sameName, wanted)) return true;
      throw commandError(
        "IndexOptionsConflict",
        `An equivalent index already exists with the same name but different options. ${shown}, existing index: ${JSON.stringify(sameName.listed)}`,
      );
    }
    const same = specifications().find((present) => haveSameSignature(present, wanted));
    if (same !== undefined && wanted.kind === "ordered") {
      throw commandError("IndexOptionsConflict", `Index already exists with a different name: ${same.name}`);
    }
    if (wanted.kind === "text" && textIndex !== undefined) {
      throw commandError(
        "IndexOptionsConflict",
        `An equivalent index already exists with a different name and options. ${shown}, existing index: ${JSON.stringify(textIndex.specification.listed)}`,
      );
    }
    return false;
  };

  const install = (specification: IndexSpecification): void => {
    if (specification.kind === "text") {
      const index = createTextIndex(specification);
      index.build(records.values());
      textPosition = indexes.length;
      textIndex = index;
      return;
    }
    const index = createOrderedIndex(specification);
    index.build(records.values(), namespace);
    indexes = [...indexes, index];
  };

  return {
    namespace,
    get size() {
      return records.size;
    },
    get indexes() {
      return indexes;
    },
    get textIndex() {
      return textIndex;
    },
    records: () => records.values(),
    byId: (id) => records.get(valueKey(id)),
    specifications,
    insert(given) {
      const document = withIdFirst(given);
      checkId(document._id);
      const encoded = encode(document);
      const keys = indexes.map((index) => index.keysOf(document));
      for (const [position, index] of indexes.entries()) index.checkUnique(keys[position] ?? [], undefined, namespace);
      textIndex?.check(document);
      const record: StoredRecord = { number: nextNumber, document };
      nextNumber += 1;
      records.set(valueKey(document._id), record);
      addEverywhere(record, keys);
      listener.put(namespace, encoded);
      return document;
    },
    replace(record, document) {
      const encoded = encode(document);
      const keys = indexes.map((index) => index.keysOf(document));
      for (const [position, index] of indexes.entries()) index.checkUnique(keys[position] ?? [], record, namespace);
      textIndex?.check(document);
      exchange(record, document, keys);
      listener.put(namespace, encoded);
    },
    remove(record) {
      removeEverywhere(record);
      records.delete(valueKey(record.document._id));
      listener.removed(namespace, record.document._id);
    },
    createIndex(given) {
      const specification = parseIndexSpecification(given);
      const isIdIndex =
        specification.kind === "ordered" &&
        specification.fields.length === 1 &&
        specification.fields[0]?.name === "_id";
      if (isIdIndex || refuseConflict(specification)) return false;
      install(specification);
      listener.indexCreated(namespace, specification.listed);
      return true;
    },
    dropIndex(name) {
      pending = pending.filter((specification) => specification.name !== name);
      if (textIndex?.specification.name === name) textIndex = undefined;
      indexes = indexes.filter((index) => index.specification.name !== name);
      listener.indexDropped(namespace, name);
    },
    setExpiry(name, seconds) {
      const position = indexes.findIndex((index) => index.specification.name === name);
      const index = indexes[position];
      if (index === undefined) throw commandError("IndexNotFound", `cannot find index ${name} for ns ${namespace}`);
      const listed = { ...index.specification.listed, expireAfterSeconds: seconds };
      indexes = indexes.with(position, { ...index, specification: parseIndexSpecification(listed) });
      listener.indexDropped(namespace, name);
      listener.indexCreated(namespace, listed);
      return index.specification.expireAfterSeconds;
    },
    load(document) {
      const key = valueKey(document._id);
      const present = records.get(key);
      if (present !== undefined) present.document = document;
      else {
        records.set(key, { number: nextNumber, document });
        nextNumber += 1;
      }
    },
    unload(id) {
      records.delete(valueKey(id));
    },
    createIndexLater(listed) {
      pending.push(parseIndexSpecification(listed));
    },
    finishLoading() {
      for (const index of indexes) index.build(records.values(), namespace);
      for (const specification of pending) install(specification);
      pending = [];
    },
  };
}
