import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { removeExpired } from "./expiry.ts";
import { createCursors } from "./protocol/cursors.ts";
import { createListener } from "./protocol/listener.ts";
import { openStore, type Store } from "./storage/store.ts";

const expiryIntervalMilliseconds = 5000;
const cursorIdleMilliseconds = 10 * 60 * 1000;
/** Waiting entries of text indexes are worked off in steps this small, and only while no command comes. */
const textStep = 20;
const quietMilliseconds = 50;

/** The options that mongodb-memory-server gives to a mongod; the storage engine and authentication are taken and ignored. */
function readArguments(values: readonly string[]) {
  return parseArgs({
    args: [...values],
    options: {
      port: { type: "string", default: "27017" },
      dbpath: { type: "string", default: "." },
      bind_ip: { type: "string", default: "127.0.0.1" },
      storageEngine: { type: "string" },
      noauth: { type: "boolean" },
      auth: { type: "boolean" },
      replSet: { type: "string" },
      "end-with-stdin": { type: "boolean", default: false },
    },
  }).values;
}

/** Runs the server until a signal, `shutdown`, or the end of its parent. Throws one line when it cannot start. */
export function main(values: readonly string[]): void {
  const options = readArguments(values);
  if (options.auth === true) throw new Error("the embedded development server has no authentication");
  if (options.replSet !== undefined) throw new Error("the embedded development server is no replica set");
  const store = openStore(options.dbpath);
  const cursors = createCursors();

  const end = (code: number): void => {
    store.close();
    process.exit(code);
  };
  const abort = (error: unknown): void => {
    process.stderr.write(`the log cannot be written, the server ends: ${String(error)}\n`);
    process.exit(1);
  };
  let lastCommandAt = 0;
  const listener = createListener({
    store,
    cursors,
    startedAt: Date.now(),
    shutDown: () => setImmediate(() => end(0)),
    abort,
    noteCommand: () => {
      lastCommandAt = Date.now();
    },
  });
  listener.on("error", (error) => {
    process.stderr.write(`${error.message}\n`);
    end(1);
  });
  listener.listen(Number(options.port), options.bind_ip, () => {
    const { port } = listener.address() as AddressInfo;
    process.stdout.write(`embedded development server: waiting for connections on port ${port}\n`);
  });

  setInterval(() => {
    try {
      if (removeExpired(store, new Date()) > 0) store.commit();
    } catch (error) {
      abort(error);
    }
    cursors.expire(cursorIdleMilliseconds);
  }, expiryIntervalMilliseconds);
  indexTextWhenIdle(store, () => lastCommandAt);

  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(0));
  if (options["end-with-stdin"]) {
    // The parent holds the other end of this pipe: however it dies, the pipe ends.
    process.stdin.on("end", () => end(0)).on("error", () => end(0));
    process.stdin.resume();
  }
}

/** A search would do all that waits at once; this takes the work away from it while there is nothing else to do. */
function indexTextWhenIdle(store: Store, lastCommandAt: () => number): void {
  const step = (): void => {
    if (Date.now() - lastCommandAt() < quietMilliseconds) {
      setTimeout(step, quietMilliseconds);
      return;
    }
    let isMore = false;
    for (const collection of store.collections()) isMore = collection.textIndex?.work(textStep) === true || isMore;
    if (isMore) setImmediate(step);
    else setTimeout(step, quietMilliseconds * 10);
  };
  step();
}
