import { MongoClient } from "mongodb";
import { describe, expect, it } from "vitest";
import { useServer } from "./support.ts";

const server = useServer();

const times = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

describe("changes of one document are atomic", () => {
  it("500 conditional decrements at once never go below zero", async () => {
    const users = await server().collection([{ _id: "u", credits: 200, spent: 0 }]);
    const results = await times(500, () =>
      users.updateOne({ _id: "u" as never, credits: { $gte: 1 } }, { $inc: { credits: -1, spent: 1 } }),
    );
    expect(results.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(200);
    expect(await users.findOne({})).toEqual({ _id: "u", credits: 0, spent: 200 });
  });

  it("200 pipeline updates that take at most what is left keep the sum", async () => {
    const users = await server().collection([{ _id: "u", credits: 100, holds: {} }]);
    await times(200, (index) =>
      users.updateOne({ _id: "u" as never }, [
        {
          $set: {
            [`holds.h${index}`]: { $min: [3, "$credits"] },
            credits: { $subtract: ["$credits", { $min: [3, "$credits"] }] },
          },
        },
      ]),
    );
    const user = await users.findOne({});
    const held = Object.values<number>(user?.holds).reduce((sum, value) => sum + value, 0);
    expect([user?.credits, held]).toEqual([0, 100]);
  });

  it("100 claims of one job have one winner", async () => {
    const jobs = await server().collection([{ _id: "job", status: "pending" }]);
    const claims = await times(100, (worker) =>
      jobs.findOneAndUpdate(
        { _id: "job" as never, status: "pending" },
        { $set: { status: "taken", worker } },
        { returnDocument: "after" },
      ),
    );
    const winners = claims.filter((claim) => claim !== null);
    expect(winners).toHaveLength(1);
    expect(await jobs.findOne({})).toEqual(winners[0]);
  });

  it("50 workers share 150 jobs, each taken once, in order", async () => {
    const jobs = await server().collection(Array.from({ length: 150 }, (_, _id) => ({ _id, status: "pending" })));
    await jobs.createIndex({ status: 1, _id: 1 });
    const taken: unknown[] = [];
    await times(50, async () => {
      for (;;) {
        const job = await jobs.findOneAndUpdate(
          { status: "pending" },
          { $set: { status: "done" } },
          { sort: { _id: 1 } },
        );
        if (job === null) return;
        taken.push(job._id);
      }
    });
    expect([taken.length, new Set(taken).size]).toEqual([150, 150]);
  });

  it("100 inserts of one unique key have one winner", async () => {
    const users = await server().collection();
    await users.createIndex({ email: 1 }, { unique: true });
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => users.insertOne({ email: "a@example.test" })),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await users.countDocuments()).toBe(1);
  });

  it("100 upserts of one _id make one document", async () => {
    const counters = await server().collection();
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () =>
        counters.updateOne({ _id: "c" as never }, { $inc: { n: 1 } }, { upsert: true }),
      ),
    );
    const done = results.filter(({ status }) => status === "fulfilled").length;
    expect(await counters.find().toArray()).toEqual([{ _id: "c", n: done }]);
  });
});

it("200 connections work at once", async () => {
  const collection = await server().collection();
  const { host, port } = server().client.options.hosts[0] ?? {};
  const uri = process.env.MONGODB_URI || `mongodb://${host}:${port}/`;
  const clients = await times(200, () => MongoClient.connect(uri, { maxPoolSize: 1 }));
  try {
    await Promise.all(
      clients.map((client, index) =>
        client
          .db(server().db.databaseName)
          .collection<{ _id: number }>(collection.collectionName)
          .insertOne({ _id: index }),
      ),
    );
    expect(await collection.countDocuments()).toBe(200);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
});

it("a cursor keeps what it found while documents change", async () => {
  const collection = await server().collection(Array.from({ length: 250 }, (_, _id) => ({ _id, n: 0 })));
  const cursor = collection.find().sort({ _id: 1 }).batchSize(50);
  const seen: unknown[] = [];
  for await (const document of cursor) {
    seen.push(document._id);
    if (document._id === (10 as never)) await collection.deleteMany({ _id: { $lt: 5 as never } });
  }
  expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => index));
});
