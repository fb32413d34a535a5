import { Long } from "bson";
import { compileStages, type StageContext, wholeNumber } from "../engine/aggregate/stages.ts";
import { commandError, unsupported } from "../engine/errors.ts";
import { someValue, splitPath } from "../engine/paths.ts";
import { compileProjection } from "../engine/projection.ts";
import { parseSort, type SortField } from "../engine/sort.ts";
import { type Document, isPlainObject, valueKey } from "../engine/values.ts";
import { type Execution, execute, type Query } from "../planner/execute.ts";
import type { CursorReply } from "../protocol/cursors.ts";
import type { Store } from "../storage/store.ts";
import { countArgument, documentArgument, documentList, namespaceOf, variablesOf } from "./arguments.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

/** What a find asks for; also read by explain. */
export function findQuery(command: Document): Query {
  const limit = countArgument(command, "limit");
  return {
    filter: documentArgument(command, "filter"),
    sort: parseSort(documentArgument(command, "sort")),
    skip: countArgument(command, "skip") ?? 0,
    limit: limit === 0 ? undefined : limit,
    hint: hintOf(command.hint),
    variables: variablesOf(command),
  };
}

/** Drivers send an empty hint for none. */
export function hintOf(hint: unknown): unknown {
  return isPlainObject(hint) && Object.keys(hint).length === 0 ? undefined : hint;
}

function runFind(command: Document, database: string, context: CommandContext): CursorReply {
  const namespace = namespaceOf(command, "find", database);
  for (const option of ["tailable", "awaitData", "returnKey", "showRecordId"]) {
    if (command[option] === true) throw unsupported(`find with ${option}`);
  }
  const query = findQuery(command);
  const projection = documentArgument(command, "projection");
  const { documents } = execute(context.store.find(namespace), query);
  const names = Object.keys(query.variables ?? {});
  const project =
    Object.keys(projection).length === 0
      ? undefined
      : compileProjection(projection, { names, variables: query.variables, filter: query.filter });
  return context.cursors.open(namespace, project === undefined ? documents : documents.map(project), {
    batchSize: countArgument(command, "batchSize"),
    singleBatch: command.singleBatch === true,
    endures: command.noCursorTimeout === true,
  });
}

function cursorId(value: unknown): number {
  if (value instanceof Long) return value.toNumber();
  if (typeof value === "number") return value;
  throw commandError("TypeMismatch", "a cursor id has to be a long");
}

function runGetMore(command: Document, database: string, context: CommandContext): CursorReply {
  const size = countArgument(command, "batchSize");
  const namespace = `${database}.${String(command.collection)}`;
  return context.cursors.more(cursorId(command.getMore), namespace, size === 0 ? undefined : size);
}

function runKillCursors(command: Document, _database: string, context: CommandContext): Document {
  const ids = Array.isArray(command.cursors) ? command.cursors.map(cursorId) : [];
  const { killed, unknown } = context.cursors.kill(ids);
  const asLong = (list: readonly number[]) => list.map((id) => Long.fromNumber(id));
  return { cursorsKilled: asLong(killed), cursorsNotFound: asLong(unknown), cursorsAlive: [], cursorsUnknown: [] };
}

function runCount(command: Document, database: string, context: CommandContext): Document {
  const collection = context.store.find(namespaceOf(command, "count", database));
  const query = { ...findQuery({ ...command, filter: command.query, sort: {} }), sort: [] };
  if (Object.keys(query.filter).length > 0 || collection === undefined) {
    return { n: execute(collection, query).records.length };
  }
  const rest = Math.max(0, collection.size - query.skip);
  return { n: query.limit === undefined ? rest : Math.min(rest, query.limit) };
}

function runDistinct(command: Document, database: string, context: CommandContext): Document {
  const { key } = command;
  if (typeof key !== "string")
    throw commandError("TypeMismatch", "BSON field 'distinct.key' is the wrong type, expected type 'string'");
  const collection = context.store.find(namespaceOf(command, "distinct", database));
  const path = splitPath(key);
  const values = new Map<string, unknown>();
  for (const document of execute(collection, findQuery({ ...command, filter: command.query, sort: {} })).documents) {
    someValue(document, path, (value) => {
      if (value !== undefined && !Array.isArray(value)) values.set(valueKey(value), value);
      return false;
    });
  }
  return { values: [...values.values()] };
}

/** The start of a pipeline that a query can answer, with indexes, and what is left to do. */
interface SplitPipeline {
  readonly query: Query;
  readonly rest: readonly Document[];
}

/** Takes leading `$match` stages, then `$sort`, `$skip` and `$limit`, from the pipeline into a query. */
function splitPipeline(pipeline: readonly Document[], variables: Document, hint: unknown): SplitPipeline {
  const filters: Document[] = [];
  let sort: readonly SortField[] = [];
  let skip = 0;
  let limit: number | undefined;
  let position = 0;
  const at = (name: string): unknown => {
    const stage = pipeline[position];
    return stage !== undefined && Object.keys(stage).length === 1 ? stage[name] : undefined;
  };
  for (let filter = at("$match"); isPlainObject(filter); filter = at("$match")) {
    filters.push(filter);
    position += 1;
  }
  const order = at("$sort");
  if (isPlainObject(order) && Object.keys(order).length > 0) {
    sort = parseSort(order);
    position += 1;
  }
  if (at("$skip") !== undefined) {
    skip = wholeNumber("$skip", at("$skip"), 0);
    position += 1;
  }
  if (at("$limit") !== undefined) {
    limit = wholeNumber("$limit", at("$limit"), 1);
    position += 1;
  }
  const [only = {}] = filters;
  const filter = filters.length > 1 ? { $and: filters } : only;
  return { query: { filter, sort, skip, limit, hint: hintOf(hint), variables }, rest: pipeline.slice(position) };
}

function stageContext(store: Store, database: string, variables: Document): StageContext {
  return {
    variables,
    names: Object.keys(variables),
    find: (name, filter) => {
      const query = { filter, sort: [], skip: 0, limit: undefined, variables };
      return execute(store.find(`${database}.${name}`), query).documents;
    },
  };
}

interface PipelineResult {
  readonly query: Query;
  readonly execution: Execution;
  readonly documents: readonly Document[];
  readonly rest: readonly Document[];
}

/** Runs a pipeline over a collection of the database. */
export function runPipeline(command: Document, database: string, store: Store): PipelineResult {
  const namespace = namespaceOf(command, "aggregate", database);
  const variables = variablesOf(command);
  const { query, rest } = splitPipeline(documentList(command, "pipeline"), variables, command.hint);
  const run = compileStages(rest, stageContext(store, database, variables));
  const execution = execute(store.find(namespace), query);
  return { query, execution, documents: run(execution.documents), rest };
}

function runAggregate(command: Document, database: string, context: CommandContext): CursorReply {
  if (typeof command.aggregate !== "string") throw unsupported("an aggregation over a whole database");
  if (command.explain === true) throw unsupported("aggregate with explain: true (use the explain command)");
  if (!isPlainObject(command.cursor)) {
    throw commandError(
      "FailedToParse",
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  }
  const { documents } = runPipeline(command, database, context.store);
  const batchSize = countArgument(command.cursor, "batchSize");
  return context.cursors.open(namespaceOf(command, "aggregate", database), documents, { batchSize });
}

export const readCommands: Readonly<Record<string, CommandHandler>> = {
  find: {
    fields:
      `filter sort projection hint skip limit batchSize singleBatch allowDiskUse let noCursorTimeout allowPartialResults
    tailable awaitData returnKey showRecordId`.split(/\s+/),
    run: runFind,
  },
  getMore: { fields: ["collection", "batchSize"], run: runGetMore },
  killCursors: { fields: ["cursors"], run: runKillCursors },
  count: { fields: ["query", "limit", "skip", "hint"], run: runCount },
  distinct: { fields: ["key", "query", "hint"], run: runDistinct },
  aggregate: {
    fields: ["pipeline", "cursor", "explain", "allowDiskUse", "hint", "let", "bypassDocumentValidation"],
    run: runAggregate,
  },
};
