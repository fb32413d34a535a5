import type { MongoClient } from "mongodb";
import { slowDatabaseCommandMs } from "../domain/metrics.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** The driver's own housekeeping, which no request asks for. */
const housekeeping: ReadonlySet<string> = new Set([
  "hello",
  "ismaster",
  "isMaster",
  "ping",
  "endSessions",
  "killCursors",
]);

/**
 * Spans and times of database commands, and how connections are waited for, from the driver's monitoring events. Names
 * of commands and collections are told; filters, documents and replies never are.
 */
export function observeDatabase(telemetry: Telemetry): ((client: MongoClient) => void) | undefined {
  if (!telemetry.isOn) return undefined;
  return (client) => {
    const collections = new Map<number, string>();

    function ended(event: { requestId: number; commandName: string; duration: number }, error: unknown): void {
      const collection = collections.get(event.requestId);
      collections.delete(event.requestId);
      if (housekeeping.has(event.commandName)) return;
      const attributes = { "db.operation.name": event.commandName, "db.collection.name": collection };
      telemetry.observe("muse.database.command", event.duration, attributes);
      if (event.duration > slowDatabaseCommandMs) telemetry.count("muse.database.slow_command", 1, attributes);
      telemetry.ended({
        name: collection === undefined ? event.commandName : `${event.commandName} ${collection}`,
        kind: "client",
        attributes: { "db.system.name": "mongodb", ...attributes },
        durationMs: event.duration,
        error,
      });
    }

    client.on("commandStarted", ({ requestId, commandName, command }) => {
      const named: unknown = commandName === "getMore" ? command.collection : command[commandName];
      if (typeof named === "string") collections.set(requestId, named);
    });
    client.on("commandSucceeded", (event) => ended(event, undefined));
    client.on("commandFailed", (event) => ended(event, event.failure));
    client.on("connectionCheckedOut", ({ durationMS }) => telemetry.observe("muse.database.pool_wait", durationMS));
    client.on("connectionCheckOutFailed", ({ reason }) => {
      if (reason === "timeout") telemetry.count("muse.database.pool_exhausted");
    });
  };
}
