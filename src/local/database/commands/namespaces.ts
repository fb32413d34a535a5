import { calculateObjectSize } from "bson";
import { commandError, unsupported } from "../engine/errors.ts";
import { compileFilter } from "../engine/matcher.ts";
import type { Document } from "../engine/values.ts";
import type { CursorReply } from "../protocol/cursors.ts";
import type { Collection } from "../storage/collection.ts";
import type { Store } from "../storage/store.ts";
import { documentArgument, namespaceOf } from "./arguments.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

const databaseOf = (namespace: string): string => namespace.slice(0, namespace.indexOf("."));
const collectionOf = (namespace: string): string => namespace.slice(namespace.indexOf(".") + 1);

function namespacesOf(store: Store, database: string): string[] {
  return store.namespaces().filter((namespace) => databaseOf(namespace) === database);
}

function runCreate(command: Document, database: string, context: CommandContext): Document {
  const namespace = namespaceOf(command, "create", database);
  for (const option of [
    "capped",
    "timeseries",
    "viewOn",
    "validator",
    "clusteredIndex",
    "encryptedFields",
    "changeStreamPreAndPostImages",
  ]) {
    if (command[option] !== undefined && command[option] !== false) throw unsupported(`a collection with ${option}`);
  }
  if (context.store.find(namespace) !== undefined)
    throw commandError("NamespaceExists", `Collection ${namespace} already exists.`);
  context.store.obtain(namespace);
  return {};
}

function runDrop(command: Document, database: string, context: CommandContext): Document {
  const namespace = namespaceOf(command, "drop", database);
  const nIndexesWas = context.store.find(namespace)?.specifications().length;
  if (!context.store.drop(namespace)) return {};
  return { nIndexesWas, ns: namespace };
}

function runDropDatabase(_command: Document, database: string, context: CommandContext): Document {
  for (const namespace of namespacesOf(context.store, database)) context.store.drop(namespace);
  return { dropped: database };
}

function runListCollections(command: Document, database: string, context: CommandContext): CursorReply {
  const matches = compileFilter(documentArgument(command, "filter"));
  const listed = namespacesOf(context.store, database).map((namespace) => ({
    name: collectionOf(namespace),
    type: "collection",
    options: {},
    info: { readOnly: false },
    idIndex: { v: 2, key: { _id: 1 }, name: "_id_" },
  }));
  const shown = listed.filter(matches);
  const { batchSize } = documentArgument(command, "cursor");
  return context.cursors.open(
    `${database}.$cmd.listCollections`,
    command.nameOnly === true ? shown.map(({ name, type }) => ({ name, type })) : shown,
    { batchSize: typeof batchSize === "number" ? batchSize : undefined },
  );
}

function dataSize(collections: readonly Collection[]): number {
  let size = 0;
  for (const collection of collections)
    for (const { document } of collection.records()) size += calculateObjectSize(document);
  return size;
}

function collectionsOf(store: Store, database: string): Collection[] {
  return namespacesOf(store, database).flatMap((namespace) => store.find(namespace) ?? []);
}

function runListDatabases(command: Document, _database: string, context: CommandContext): Document {
  const names = [...new Set(context.store.namespaces().map(databaseOf))];
  const matches = compileFilter(documentArgument(command, "filter"));
  if (command.nameOnly === true) return { databases: names.map((name) => ({ name })).filter(matches) };
  const databases = names
    .map((name) => ({ name, sizeOnDisk: dataSize(collectionsOf(context.store, name)), empty: false }))
    .filter(matches);
  return { databases, totalSize: databases.reduce((sum, { sizeOnDisk }) => sum + sizeOnDisk, 0) };
}

function runDbStats(_command: Document, database: string, context: CommandContext): Document {
  const collections = collectionsOf(context.store, database);
  const objects = collections.reduce((sum, collection) => sum + collection.size, 0);
  const size = dataSize(collections);
  return {
    db: database,
    collections: collections.length,
    views: 0,
    objects,
    avgObjSize: objects === 0 ? 0 : size / objects,
    dataSize: size,
    storageSize: size,
    indexes: collections.reduce((sum, collection) => sum + collection.specifications().length, 0),
  };
}

function runCollStats(command: Document, database: string, context: CommandContext): Document {
  const namespace = namespaceOf(command, "collStats", database);
  const collection = context.store.find(namespace);
  const count = collection?.size ?? 0;
  const size = collection === undefined ? 0 : dataSize([collection]);
  return {
    ns: namespace,
    count,
    size,
    ...(count === 0 ? {} : { avgObjSize: Math.round(size / count) }),
    storageSize: size,
    nindexes: collection?.specifications().length ?? 0,
    capped: false,
  };
}

export const namespaceCommands: Readonly<Record<string, CommandHandler>> = {
  create: {
    fields: [
      "capped",
      "size",
      "max",
      "timeseries",
      "viewOn",
      "validator",
      "validationLevel",
      "validationAction",
      "clusteredIndex",
      "encryptedFields",
      "changeStreamPreAndPostImages",
      "indexOptionDefaults",
    ],
    run: runCreate,
  },
  drop: { fields: [], run: runDrop },
  dropDatabase: { fields: [], run: runDropDatabase },
  listCollections: { fields: ["filter", "nameOnly", "cursor", "authorizedCollections"], run: runListCollections },
  listDatabases: { fields: ["filter", "nameOnly", "authorizedDatabases"], run: runListDatabases },
  dbStats: { fields: ["scale", "freeStorage"], run: runDbStats },
  collStats: { fields: ["scale"], run: runCollStats },
};
