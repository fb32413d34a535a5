import { hostname } from "node:os";
import { UUID } from "bson";
import { commandError } from "../engine/errors.ts";
import type { Document } from "../engine/values.ts";
import { largestMessage } from "../protocol/wire.ts";
import type { CommandContext, CommandHandler } from "./run.ts";

/** The MongoDB whose behaviour this server follows. */
export const followedVersion = "8.0.0";

const featureVersion = followedVersion.slice(0, 3);

function runHello(command: Document, _database: string, context: CommandContext): Document {
  const isLegacyName = !Object.hasOwn(command, "hello");
  return {
    helloOk: true,
    [isLegacyName ? "ismaster" : "isWritablePrimary"]: true,
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: largestMessage,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: context.connectionId,
    minWireVersion: 0,
    maxWireVersion: 21,
    readOnly: false,
  };
}

function runBuildInfo(): Document {
  return {
    version: followedVersion,
    gitVersion: "embedded-development-server",
    modules: ["embedded"],
    versionArray: [...followedVersion.split(".").map(Number), 0],
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ["embedded"],
  };
}

function runServerStatus(_command: Document, _database: string, context: CommandContext): Document {
  return {
    host: hostname(),
    version: followedVersion,
    process: "embedded-development-server",
    pid: process.pid,
    uptime: Math.round((Date.now() - context.startedAt) / 1000),
    localTime: new Date(),
    mem: { resident: Math.round(process.memoryUsage().rss / 1024 / 1024) },
    storageEngine: { name: "embedded", persistent: true },
  };
}

function runGetParameter(command: Document): Document {
  const known: Document = { featureCompatibilityVersion: { version: featureVersion } };
  if (command.getParameter === "*") return known;
  const found = Object.entries(known).filter(([name]) => command[name] !== undefined);
  if (found.length === 0) throw commandError("InvalidOptions", "no option found to get");
  return Object.fromEntries(found);
}

function runShutdown(_command: Document, _database: string, context: CommandContext): Document {
  context.shutDown();
  return {};
}

const done = (...fields: string[]): CommandHandler => ({ fields, run: () => ({}) });

const hello: CommandHandler = {
  fields: [
    "hello",
    "helloOk",
    "client",
    "compression",
    "topologyVersion",
    "maxAwaitTimeMS",
    "saslSupportedMechs",
    "speculativeAuthenticate",
    "loadBalanced",
    "backpressure",
  ],
  run: runHello,
};

const buildInfo: CommandHandler = { fields: [], run: runBuildInfo };

export const administrationCommands: Readonly<Record<string, CommandHandler>> = {
  hello,
  isMaster: hello,
  ismaster: hello,
  ping: done(),
  buildInfo,
  buildinfo: buildInfo,
  serverStatus: { fields: ["repl", "metrics", "locks"], run: runServerStatus },
  getParameter: { fields: ["featureCompatibilityVersion", "allParameters"], run: runGetParameter },
  connectionStatus: {
    fields: ["showPrivileges"],
    run: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } }),
  },
  whatsmyuri: { fields: [], run: () => ({ you: "127.0.0.1" }) },
  getCmdLineOpts: { fields: [], run: () => ({ argv: [], parsed: {} }) },
  startSession: { fields: [], run: () => ({ id: { id: new UUID() }, timeoutMinutes: 30 }) },
  endSessions: done(),
  refreshSessions: done(),
  killSessions: done(),
  killAllSessions: done(),
  logout: done(),
  shutdown: { fields: ["force", "timeoutSecs"], run: runShutdown },
};
