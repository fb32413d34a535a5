import { CommandError, commandError, numberedError, unsupported } from "../engine/errors.ts";
import type { Document } from "../engine/values.ts";
import { type CursorReply, type Cursors, encodeCursorReply } from "../protocol/cursors.ts";
import { encodeDocument } from "../protocol/wire.ts";
import type { Store } from "../storage/store.ts";
import { administrationCommands } from "./administration.ts";
import { explainCommands } from "./explain.ts";
import { indexCommands } from "./indexes.ts";
import { namespaceCommands } from "./namespaces.ts";
import { readCommands } from "./read.ts";
import { writeCommands } from "./write.ts";

export interface CommandContext {
  readonly store: Store;
  readonly cursors: Cursors;
  readonly startedAt: number;
  readonly connectionId: number;
  /** Called with each command, so that work for idle times can wait. */
  readonly noteCommand: () => void;
  /** Ends the server in order. */
  readonly shutDown: () => void;
  /** Ends the process at once: what is in memory could not be written to disk. */
  readonly abort: (error: unknown) => void;
}

export interface CommandHandler {
  /** The fields that the command takes besides those that every command takes. */
  readonly fields: readonly string[];
  readonly run: (command: Document, database: string, context: CommandContext) => Document | CursorReply;
}

export const commands: Readonly<Record<string, CommandHandler>> = {
  ...readCommands,
  ...writeCommands,
  ...indexCommands,
  ...namespaceCommands,
  ...explainCommands,
  ...administrationCommands,
};

/** What drivers attach to any command. None of it changes what a single server with one copy of the data does. */
const commonFields = new Set(
  `$db lsid $clusterTime $readPreference readConcern writeConcern maxTimeMS comment apiVersion apiStrict apiDeprecationErrors
  txnNumber autocommit startTransaction $audit $client help databaseVersion shardVersion mayBypassWriteBlocking`.split(
    /\s+/,
  ),
);

const unsupportedCommands = new Set(
  `bulkWrite renameCollection mapReduce convertToCapped cloneCollectionAsCapped reIndex createUser updateUser dropUser usersInfo
  createRole grantRolesToUser currentOp killOp top profile replSetGetStatus replSetInitiate saslStart saslContinue authenticate
  createSearchIndexes listSearchIndexes dropSearchIndex updateSearchIndex geoSearch compact validate dataSize dbHash`.split(
    /\s+/,
  ),
);

function isCursorReply(reply: Document | CursorReply): reply is CursorReply {
  return Array.isArray(reply.batch) && typeof reply.cursorId === "number";
}

function checkCommon(command: Document): void {
  if (command.startTransaction === true || command.autocommit === false || command.txnNumber !== undefined) {
    throw commandError("IllegalOperation", "Transaction numbers are only allowed on a replica set member or mongos");
  }
  const { readConcern, collation } = command;
  if (isLevel(readConcern, "snapshot") || isLevel(readConcern, "linearizable"))
    throw unsupported("this readConcern level");
  if (typeof collation === "object" && collation !== null && (collation as Document).locale !== "simple")
    throw unsupported("a collation");
}

function isLevel(concern: unknown, level: string): boolean {
  return typeof concern === "object" && concern !== null && (concern as Document).level === level;
}

function dispatch(command: Document, context: CommandContext): Document | CursorReply {
  const [name = ""] = Object.keys(command);
  const handler = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (handler === undefined) {
    if (name === "commitTransaction" || name === "abortTransaction") {
      throw commandError("IllegalOperation", "Transaction numbers are only allowed on a replica set member or mongos");
    }
    if (unsupportedCommands.has(name)) throw unsupported(`the command ${name}`);
    throw commandError("CommandNotFound", `no such command: '${name}'`);
  }
  const database = command.$db;
  if (typeof database !== "string" || database === "")
    throw commandError("InvalidNamespace", "a command needs a database in $db");
  checkCommon(command);
  for (const field of Object.keys(command)) {
    if (field !== name && !commonFields.has(field) && field !== "collation" && !handler.fields.includes(field)) {
      throw numberedError(40415, `BSON field '${name}.${field}' is an unknown field.`);
    }
  }
  return handler.run(command, database, context);
}

function errorReply(error: unknown): Document {
  if (error instanceof CommandError) {
    return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.details };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ok: 0,
    errmsg: `internal error of the embedded development server: ${message}`,
    code: 1,
    codeName: "InternalError",
  };
}

/**
 * Runs one command to its end and gives the reply as BSON. Nothing else runs meanwhile, which is what makes a change of
 * a document atomic. What the command changed, even if it failed half-way, is in the log before the reply exists.
 */
export function runCommand(command: Document, context: CommandContext): Uint8Array {
  let reply: Document | CursorReply;
  context.noteCommand();
  try {
    reply = dispatch(command, context);
  } catch (error) {
    reply = errorReply(error);
  }
  try {
    context.store.commit();
  } catch (error) {
    context.abort(error);
    return encodeDocument(errorReply(error));
  }
  if (isCursorReply(reply)) return encodeCursorReply(reply);
  return encodeDocument("ok" in reply ? reply : { ...reply, ok: 1 });
}
