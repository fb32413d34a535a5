import { commandError, unsupported } from "../engine/errors.ts";
import { type Document, isPlainObject } from "../engine/values.ts";
import { type Execution, execute, type Query } from "../planner/execute.ts";
import type { IndexScan, Plan } from "../planner/plan.ts";
import { followedVersion } from "./administration.ts";
import { documentArgument, namespaceOf } from "./arguments.ts";
import { findQuery, runPipeline } from "./read.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

function indexStage(scan: IndexScan): Document {
  const { specification, multikey } = scan.index;
  return {
    stage: "IXSCAN",
    keyPattern: specification.key,
    indexName: specification.name,
    isMultiKey: multikey.includes(true),
    isUnique: specification.unique,
    isSparse: specification.sparse,
    isPartial: specification.partialFilter !== undefined,
    indexVersion: 2,
    direction: scan.backward ? "backward" : "forward",
  };
}

function accessStage(plan: Plan): Document {
  switch (plan.kind) {
    case "collection":
      return { stage: "COLLSCAN", direction: "forward" };
    case "id":
      return { stage: "IDHACK" };
    case "text":
      return { stage: "TEXT_MATCH", indexName: plan.index.specification.name };
    case "or":
      return { stage: "FETCH", inputStage: { stage: "OR", inputStages: plan.branches.map(indexStage) } };
    default:
      return { stage: "FETCH", inputStage: indexStage(plan) };
  }
}

interface Explained {
  readonly namespace: string;
  readonly query: Query;
  readonly execution: Execution;
  readonly hasProjection: boolean;
  readonly wrapper?: "COUNT" | "DELETE" | "UPDATE";
}

function winningPlan({ query, execution, hasProjection, wrapper }: Explained): Document {
  let stage = accessStage(execution.plan);
  if (execution.sortedInMemory) {
    const sortPattern = Object.fromEntries(query.sort.map(({ name, direction }) => [name, direction]));
    stage = { stage: "SORT", sortPattern, type: "simple", inputStage: stage };
  }
  if (query.skip > 0) stage = { stage: "SKIP", skipAmount: query.skip, inputStage: stage };
  if (query.limit !== undefined && !execution.sortedInMemory && wrapper === undefined) {
    stage = { stage: "LIMIT", limitAmount: query.limit, inputStage: stage };
  }
  if (hasProjection) stage = { stage: "PROJECTION_DEFAULT", inputStage: stage };
  return wrapper === undefined ? stage : { stage: wrapper, inputStage: stage };
}

function report(explained: Explained, verbosity: string): Document {
  const { execution, query, namespace } = explained;
  const { keysExamined, documentsExamined, returned } = execution.statistics;
  const stage = winningPlan(explained);
  const queryPlanner = {
    namespace,
    parsedQuery: query.filter,
    indexFilterSet: false,
    winningPlan: stage,
    rejectedPlans: [],
  };
  if (verbosity === "queryPlanner") return { queryPlanner };
  const executionStats = {
    executionSuccess: true,
    nReturned: explained.wrapper === undefined ? returned : 0,
    executionTimeMillis: 0,
    totalKeysExamined: keysExamined,
    totalDocsExamined: documentsExamined,
    executionStages: { ...stage, nReturned: returned },
  };
  return { queryPlanner, executionStats };
}

function explainQuery(
  command: Document,
  database: string,
  name: "find" | "count" | "distinct",
  context: CommandContext,
): Explained {
  const namespace = namespaceOf(command, name, database);
  const query = findQuery(name === "find" ? command : { ...command, filter: command.query, sort: {} });
  const execution = execute(context.store.find(namespace), query);
  const hasProjection = Object.keys(documentArgument(command, "projection")).length > 0;
  return { namespace, query, execution, hasProjection, ...(name === "count" ? { wrapper: "COUNT" as const } : {}) };
}

/** What the write would look at; nothing is written. */
function explainWrite(
  command: Document,
  database: string,
  name: "update" | "delete",
  context: CommandContext,
): Explained {
  const namespace = namespaceOf(command, name, database);
  const list = name === "update" ? command.updates : command.deletes;
  const [statement] = Array.isArray(list) ? list : [];
  if (!isPlainObject(statement)) throw commandError("FailedToParse", `explain needs one statement in ${name}`);
  const isSingle = name === "update" ? statement.multi !== true : statement.limit === 1;
  const query = findQuery({ filter: statement.q, hint: statement.hint, limit: isSingle ? 1 : 0 });
  const execution = execute(context.store.find(namespace), query);
  return { namespace, query, execution, hasProjection: false, wrapper: name === "update" ? "UPDATE" : "DELETE" };
}

function explainFindAndModify(command: Document, database: string, context: CommandContext): Explained {
  const namespace = namespaceOf(command, "findAndModify", database);
  const query = findQuery({ filter: command.query, sort: command.sort, hint: command.hint, limit: 1 });
  const execution = execute(context.store.find(namespace), query);
  return { namespace, query, execution, hasProjection: false, wrapper: command.remove === true ? "DELETE" : "UPDATE" };
}

function explainPipeline(command: Document, database: string, verbosity: string, context: CommandContext): Document {
  const { execution, rest, query } = runPipeline(command, database, context.store);
  const namespace = namespaceOf(command, "aggregate", database);
  const cursor = report({ namespace, query, execution, hasProjection: false }, verbosity);
  if (rest.length === 0) return cursor;
  return { stages: [{ $cursor: cursor }, ...rest] };
}

function explained(command: Document, database: string, verbosity: string, context: CommandContext): Document {
  const [name = ""] = Object.keys(command);
  switch (name) {
    case "find":
    case "count":
    case "distinct":
      return report(explainQuery(command, database, name, context), verbosity);
    case "update":
    case "delete":
      return report(explainWrite(command, database, name, context), verbosity);
    case "findAndModify":
      return report(explainFindAndModify(command, database, context), verbosity);
    case "aggregate":
      return explainPipeline(command, database, verbosity, context);
    default:
      throw unsupported(`explain of ${name}`);
  }
}

export const explainCommands: Readonly<Record<string, CommandHandler>> = {
  explain: {
    fields: ["verbosity"],
    run: (command, database, context) => {
      const { explain, verbosity = "allPlansExecution" } = command;
      if (!isPlainObject(explain)) throw commandError("TypeMismatch", "explain needs a command");
      const result = explained(explain, database, String(verbosity), context);
      return { explainVersion: "1", ...result, serverInfo: { version: followedVersion } };
    },
  },
};
