import { connect, createServer, type Server, type Socket } from "node:net";
import { MongoServerError } from "mongodb";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createDatabase, type Database } from "../../../src/database/client.ts";
import { createUsers } from "../../../src/database/users.ts";
import { newGuest } from "../../../src/domain/user.ts";
import { newId, randomDatabaseName, rejection, silentLogger, start, times, useDatabase } from "./support.ts";

const context = useDatabase();

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no address"));
      else resolve(address.port);
    });
  });
}

/** A door to the test server on a port of its own, which can be shut and opened. */
async function newDoor() {
  const target = new URL(context().uri);
  const sockets = new Set<Socket>();
  let isSilent = false;
  let server: Server;
  let port = 0;

  const open = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect(Number(target.port || 27_017), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.on("close", () => {
          near.destroy();
          far.destroy();
        });
      }
      near.on("data", (bytes) => isSilent || far.write(bytes));
      far.on("data", (bytes) => isSilent || near.write(bytes));
    });
    port = await listen(server, port);
  };
  const shut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };

  await open();
  cleanUps.push(shut);
  const database = createDatabase({
    uri: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    databaseName: randomDatabaseName(),
    logger: silentLogger,
    minPoolSize: 0,
    serverSelectionTimeoutMs: 300,
  });
  cleanUps.push(() => database.close());
  const silence = () => {
    isSilent = true;
  };
  return { open, shut, silence, database };
}

const away = { code: "unavailable", retryAfterSeconds: 5, isRetryable: true };

describe("the connection", () => {
  it("is made on first use, and is one for all who come at once", async () => {
    context().sent.splice(0);
    const database = context().connect();
    expect(context().sent).toEqual([]);
    const clients = await Promise.all(times(10, () => database.run(async (db) => db.client)));
    expect(new Set(clients).size).toBe(1);
  });

  it("is tried again after a first one that failed", async () => {
    const door = await newDoor();
    await door.shut();
    expect(await rejection(door.database.ping())).toMatchObject(away);
    await door.open();
    await expect(door.database.ping()).resolves.toBeUndefined();
  });

  it("that breaks is an outage for a while, not for ever", async () => {
    const door = await newDoor();
    const users = createUsers(door.database);
    await door.database.ping();
    await door.shut();
    const errors = await Promise.all([
      rejection(door.database.ping()),
      rejection(users.findById("user_a")),
      rejection(users.insert(newGuest({ userId: newId("user"), now: start }))),
      rejection(users.holdCredits({ userId: "user_a", resourceId: "gen_1", credits: 1, now: start })),
    ]);
    for (const error of errors) expect(error).toMatchObject(away);
    await door.open();
    await vi.waitFor(async () => expect(await users.findById("user_a")).toBeNull(), { timeout: 10_000 });
  });

  it("that hangs in the middle keeps nobody waiting for their account for long", async () => {
    const door = await newDoor();
    const users = createUsers(door.database);
    await users.findById("user_a");
    door.silence();
    const askedAt = performance.now();
    expect(await rejection(users.findById("user_a"))).toMatchObject(away);
    expect(performance.now() - askedAt).toBeLessThan(7_500);
    // Or the connection would wait for it when it is closed.
    await door.shut();
  }, 30_000);

  it("says nothing of the driver's own words to the caller", async () => {
    const door = await newDoor();
    await door.shut();
    const error = await rejection(door.database.ping());
    expect(error).toMatchObject({ detail: "The database does not answer at the moment." });
    expect(String(error)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|Mongo/);
  });

  it("can be closed and is made again when it is needed", async () => {
    const database = context().connect();
    await database.ping();
    await database.close();
    await database.close();
    await expect(database.ping()).resolves.toBeUndefined();
  });
});

describe("an operation", () => {
  const throttled = (message: string, code = 16_500) => new MongoServerError({ message, code });
  const newDatabase = (maxThrottlingWaitMs: number): Database => {
    const database = createDatabase({
      uri: context().uri,
      databaseName: randomDatabaseName(),
      logger: silentLogger,
      minPoolSize: 0,
      maxThrottlingWaitMs,
    });
    cleanUps.push(() => database.close());
    return database;
  };

  it("is repeated while the server throttles it", async () => {
    const errors = [
      throttled("Error=16500, RetryAfterMs=2, Details='busy'"),
      throttled("busy"),
      throttled("busy", 429),
    ];
    const result = await newDatabase(3_000).run(async () => {
      const error = errors.shift();
      if (error !== undefined) throw error;
      return "done";
    });
    expect(result).toBe("done");
  });

  it("waits as long as the server asks", async () => {
    let tries = 0;
    const startedAt = performance.now();
    await newDatabase(3_000).run(async () => {
      tries += 1;
      if (tries === 1) throw throttled("RetryAfterMs=150");
    });
    expect(tries).toBe(2);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(149);
  });

  it("is given up as unavailable when the throttling does not end", async () => {
    let tries = 0;
    const error = await rejection(
      newDatabase(200).run(async () => {
        tries += 1;
        throw throttled("RetryAfterMs=60");
      }),
    );
    expect(error).toMatchObject(away);
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(5);
  });

  it("that no waiting would cure fails at once and as it is", async () => {
    let tries = 0;
    const failing = (error: Error) =>
      rejection(
        newDatabase(3_000).run(async () => {
          tries += 1;
          throw error;
        }),
      );
    const refused = new MongoServerError({ message: "bad value", code: 2 });
    expect(await failing(refused)).toBe(refused);
    const defect = new TypeError("a defect of ours");
    expect(await failing(defect)).toBe(defect);
    expect(tries).toBe(2);
  });

  it("is unavailable when the node is not the primary any more", async () => {
    const error = new MongoServerError({ message: "not primary", code: 10_107 });
    expect(await rejection(newDatabase(100).run(() => Promise.reject(error)))).toMatchObject(away);
  });
});
