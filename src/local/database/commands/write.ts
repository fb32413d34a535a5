import { CommandError, commandError, numberedError, unsupported } from "../engine/errors.ts";
import { compileProjection } from "../engine/projection.ts";
import { parseSort } from "../engine/sort.ts";
import { type CompiledUpdate, compileUpdate } from "../engine/update/index.ts";
import { compareValues, type Document, isPlainObject } from "../engine/values.ts";
import { execute } from "../planner/execute.ts";
import type { Collection } from "../storage/collection.ts";
import type { StoredRecord } from "../storage/sorted-list.ts";
import { documentArgument, documentList, namespaceOf, variablesOf } from "./arguments.ts";
import { hintOf } from "./read.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

const largestBatch = 100_000;

function writeError(index: number, error: unknown): Document {
  if (!(error instanceof CommandError)) throw error;
  return { index, code: error.code, ...error.details, errmsg: error.message };
}

/** Does the statements one by one; after an error an ordered batch ends, an unordered one goes on. */
function runBatch(
  command: Document,
  statements: readonly Document[],
  run: (statement: Document, index: number) => void,
): Document {
  if (statements.length === 0 || statements.length > largestBatch) {
    throw commandError(
      "InvalidLength",
      `Write batch sizes must be between 1 and ${largestBatch}. Got ${statements.length} operations.`,
    );
  }
  const writeErrors: Document[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index);
    } catch (error) {
      writeErrors.push(writeError(index, error));
      if (command.ordered !== false) break;
    }
  }
  return writeErrors.length === 0 ? {} : { writeErrors };
}

function runInsert(command: Document, database: string, context: CommandContext): Document {
  const collection = context.store.obtain(namespaceOf(command, "insert", database));
  let n = 0;
  const errors = runBatch(command, documentList(command, "documents"), (document) => {
    collection.insert(document);
    n += 1;
  });
  return { n, ...errors };
}

function refuseUnknown(statement: Document, known: readonly string[], prefix: string): void {
  for (const field of Object.keys(statement)) {
    if (!known.includes(field)) throw numberedError(40415, `BSON field '${prefix}.${field}' is an unknown field.`);
  }
  if (isPlainObject(statement.collation) && statement.collation.locale !== "simple") throw unsupported("a collation");
}

function matching(
  collection: Collection | undefined,
  statement: Document,
  filter: Document,
  limit: number | undefined,
  variables: Document,
): StoredRecord[] {
  const query = {
    filter,
    sort: parseSort(documentArgument(statement, "sort")),
    skip: 0,
    limit,
    hint: hintOf(statement.hint),
    variables,
  };
  return execute(collection, query).records;
}

/** Exchanges the document; answers false if the update changes nothing. */
function applyTo(collection: Collection, record: StoredRecord, update: CompiledUpdate): boolean {
  const document = update.apply(record.document);
  if (compareValues(document, record.document) === 0) return false;
  collection.replace(record, document);
  return true;
}

function runUpdate(command: Document, database: string, context: CommandContext): Document {
  const namespace = namespaceOf(command, "update", database);
  const variables = variablesOf(command);
  let n = 0;
  let nModified = 0;
  const upserted: Document[] = [];
  const errors = runBatch(command, documentList(command, "updates"), (statement, index) => {
    refuseUnknown(
      statement,
      ["q", "u", "upsert", "multi", "arrayFilters", "hint", "c", "collation", "sort"],
      "update.updates",
    );
    const filter = documentArgument(statement, "q");
    const isMulti = statement.multi === true;
    const update = compileUpdate({
      filter,
      update: statement.u,
      arrayFilters: statement.arrayFilters,
      variables: { ...variables, ...documentArgument(statement, "c") },
    });
    if (isMulti && update.kind === "replacement") {
      throw commandError("FailedToParse", "multi update is not supported for replacement-style update");
    }
    const collection = context.store.find(namespace);
    const records = matching(collection, statement, filter, isMulti ? undefined : 1, variables);
    if (records.length === 0 && statement.upsert === true) {
      const inserted = context.store.obtain(namespace).insert(update.insert());
      upserted.push({ index, _id: inserted._id });
      n += 1;
      return;
    }
    for (const record of records) {
      if (collection !== undefined && applyTo(collection, record, update)) nModified += 1;
      n += 1;
    }
  });
  return { n, nModified, ...(upserted.length === 0 ? {} : { upserted }), ...errors };
}

function runDelete(command: Document, database: string, context: CommandContext): Document {
  const collection = context.store.find(namespaceOf(command, "delete", database));
  const variables = variablesOf(command);
  let n = 0;
  const errors = runBatch(command, documentList(command, "deletes"), (statement) => {
    refuseUnknown(statement, ["q", "limit", "hint", "collation"], "delete.deletes");
    if (statement.limit !== 0 && statement.limit !== 1) {
      throw commandError(
        "FailedToParse",
        `The limit field in delete objects must be 0 or 1. Got ${String(statement.limit)}`,
      );
    }
    const limit = statement.limit === 1 ? 1 : undefined;
    for (const record of matching(collection, statement, documentArgument(statement, "q"), limit, variables)) {
      collection?.remove(record);
      n += 1;
    }
  });
  return { n, ...errors };
}

function runFindAndModify(command: Document, database: string, context: CommandContext): Document {
  const name = Object.hasOwn(command, "findAndModify") ? "findAndModify" : "findandmodify";
  const namespace = namespaceOf(command, name, database);
  const filter = documentArgument(command, "query");
  const variables = variablesOf(command);
  const isRemoval = command.remove === true;
  if (isRemoval === (command.update !== undefined)) {
    throw commandError(
      "FailedToParse",
      isRemoval ? "Cannot specify both an update and remove=true" : "Either an update or remove=true must be specified",
    );
  }
  if (isRemoval && command.upsert === true)
    throw commandError("FailedToParse", "Cannot specify both upsert=true and remove=true");
  if (isRemoval && command.new === true) {
    throw commandError(
      "FailedToParse",
      "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
    );
  }
  const update = isRemoval
    ? undefined
    : compileUpdate({ filter, update: command.update, arrayFilters: command.arrayFilters, variables });
  const fields = documentArgument(command, "fields");
  const show = (document: Document | undefined): Document | null => {
    if (document === undefined) return null;
    if (Object.keys(fields).length === 0) return document;
    return compileProjection(fields, { names: Object.keys(variables), variables, filter })(document);
  };
  const collection = context.store.find(namespace);
  const [record] = matching(collection, command, filter, 1, variables);
  if (record !== undefined && collection !== undefined) {
    const before = record.document;
    if (update === undefined) {
      collection.remove(record);
      return { lastErrorObject: { n: 1 }, value: show(before) };
    }
    applyTo(collection, record, update);
    return {
      lastErrorObject: { n: 1, updatedExisting: true },
      value: show(command.new === true ? record.document : before),
    };
  }
  if (update === undefined) return { lastErrorObject: { n: 0 }, value: null };
  if (command.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null };
  const inserted = context.store.obtain(namespace).insert(update.insert());
  return {
    lastErrorObject: { n: 1, updatedExisting: false, upserted: inserted._id },
    value: command.new === true ? show(inserted) : null,
  };
}

const findAndModify: CommandHandler = {
  fields: [
    "query",
    "sort",
    "remove",
    "update",
    "new",
    "fields",
    "upsert",
    "arrayFilters",
    "hint",
    "let",
    "bypassDocumentValidation",
  ],
  run: runFindAndModify,
};

export const writeCommands: Readonly<Record<string, CommandHandler>> = {
  insert: { fields: ["documents", "ordered", "bypassDocumentValidation"], run: runInsert },
  update: { fields: ["updates", "ordered", "bypassDocumentValidation", "let"], run: runUpdate },
  delete: { fields: ["deletes", "ordered", "let"], run: runDelete },
  findAndModify,
  findandmodify: findAndModify,
};
