import { commandError } from "../engine/errors.ts";
import { compareValues, type Document, isNumeric, isPlainObject, toNumber } from "../engine/values.ts";
import type { CursorReply } from "../protocol/cursors.ts";
import type { Collection } from "../storage/collection.ts";
import { documentArgument, documentList, namespaceOf } from "./arguments.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

function existing(namespace: string, context: CommandContext): Collection {
  const collection = context.store.find(namespace);
  if (collection === undefined) throw commandError("NamespaceNotFound", `ns does not exist: ${namespace}`);
  return collection;
}

function runCreateIndexes(command: Document, database: string, context: CommandContext): Document {
  const namespace = namespaceOf(command, "createIndexes", database);
  const specifications = documentList(command, "indexes");
  if (specifications.length === 0) throw commandError("BadValue", "Must specify at least one index to create");
  const createdCollectionAutomatically = context.store.find(namespace) === undefined;
  const collection = context.store.obtain(namespace);
  const numIndexesBefore = collection.specifications().length;
  const created: string[] = [];
  try {
    for (const specification of specifications) {
      if (collection.createIndex(specification)) created.push(String(specification.name));
    }
  } catch (error) {
    for (const name of created) collection.dropIndex(name);
    throw error;
  }
  const numIndexesAfter = collection.specifications().length;
  const note = created.length === 0 ? { note: "all indexes already exist" } : {};
  return { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, ...note };
}

function runListIndexes(command: Document, database: string, context: CommandContext): CursorReply {
  const namespace = namespaceOf(command, "listIndexes", database);
  const listed = existing(namespace, context)
    .specifications()
    .map((specification) => specification.listed);
  const { batchSize } = documentArgument(command, "cursor");
  return context.cursors.open(namespace, listed, { batchSize: isNumeric(batchSize) ? toNumber(batchSize) : undefined });
}

function namesToDrop(collection: Collection, wanted: unknown): string[] {
  const specifications = collection.specifications();
  if (wanted === "*") return specifications.flatMap(({ name }) => (name === "_id_" ? [] : [name]));
  if (Array.isArray(wanted)) return wanted.flatMap((item) => namesToDrop(collection, item));
  const found = specifications.find(({ name, key }) =>
    isPlainObject(wanted) ? compareValues(key, wanted) === 0 : name === wanted,
  );
  if (found === undefined) {
    const message = isPlainObject(wanted)
      ? `can't find index with key: ${JSON.stringify(wanted)}`
      : `index not found with name [${String(wanted)}]`;
    throw commandError("IndexNotFound", message);
  }
  if (found.name === "_id_") throw commandError("InvalidOptions", "cannot drop _id index");
  return [found.name];
}

function runDropIndexes(command: Document, database: string, context: CommandContext): Document {
  const collection = existing(namespaceOf(command, "dropIndexes", database), context);
  const nIndexesWas = collection.specifications().length;
  for (const name of namesToDrop(collection, command.index)) collection.dropIndex(name);
  return { nIndexesWas };
}

function runCollMod(command: Document, database: string, context: CommandContext): Document {
  const collection = existing(namespaceOf(command, "collMod", database), context);
  const change = documentArgument(command, "index");
  const { name, keyPattern, expireAfterSeconds, ...rest } = change;
  if (Object.keys(rest).length > 0 || !isNumeric(expireAfterSeconds)) {
    throw commandError(
      "NotImplemented",
      "collMod changes only expireAfterSeconds of an index in the embedded development server",
    );
  }
  const specification = collection
    .specifications()
    .find((present) => (name === undefined ? compareValues(present.key, keyPattern) === 0 : present.name === name));
  if (specification === undefined)
    throw commandError("IndexNotFound", `cannot find index ${String(name)} for ns ${collection.namespace}`);
  const seconds = toNumber(expireAfterSeconds);
  const before = collection.setExpiry(specification.name, seconds);
  return { ...(before === undefined ? {} : { expireAfterSeconds_old: before }), expireAfterSeconds_new: seconds };
}

export const indexCommands: Readonly<Record<string, CommandHandler>> = {
  createIndexes: { fields: ["indexes", "commitQuorum"], run: runCreateIndexes },
  listIndexes: { fields: ["cursor"], run: runListIndexes },
  dropIndexes: { fields: ["index"], run: runDropIndexes },
  collMod: { fields: ["index"], run: runCollMod },
};
