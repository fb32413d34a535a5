import type { Collection, Document, FindCursor } from "mongodb";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal, useServer } from "./support.ts";

const server = useServer();

interface Plan {
  readonly stages: string[];
  readonly indexName: string | undefined;
  readonly keys: number;
  readonly documents: number;
  readonly returned: number;
}

/** The stages of a winning plan from the outermost in, whichever engine the server answers for. */
function stagesOf(plan: Document | undefined): { stages: string[]; indexName: string | undefined } {
  const stages: string[] = [];
  let indexName: string | undefined;
  let stage = plan?.queryPlan ?? plan;
  while (stage !== undefined) {
    stages.push(stage.stage);
    indexName ??= stage.indexName;
    stage = stage.inputStage ?? stage.inputStages?.[0];
  }
  return { stages, indexName };
}

async function explain(cursor: FindCursor): Promise<Plan> {
  const { queryPlanner, executionStats } = await cursor.explain("executionStats");
  return {
    ...stagesOf(queryPlanner.winningPlan),
    keys: executionStats.totalKeysExamined,
    documents: executionStats.totalDocsExamined,
    returned: executionStats.nReturned,
  };
}

describe("explain", () => {
  let messages: Collection;

  beforeAll(async () => {
    messages = await server().collection(
      Array.from({ length: 1000 }, (_, index) => ({
        _id: `m${String(index).padStart(4, "0")}`,
        user: `u${index % 10}`,
        status: ["a", "b", "c", "d"][index % 4],
        at: new Date(index * 1000),
        tags: [`t${index % 5}`, "all"],
        ...(index % 100 === 0 ? { token: `k${index}` } : {}),
      })),
    );
    await messages.createIndexes([
      { key: { user: 1, at: -1 } },
      { key: { status: 1, at: 1 } },
      { key: { tags: 1 } },
      { key: { token: 1 }, sparse: true },
      { key: { user: 1 }, name: "open", partialFilterExpression: { status: "d" } },
    ]);
  });

  it("serves equality, sort and limit from one index", async () => {
    const plan = await explain(messages.find({ user: "u3" }).sort({ at: -1 }).limit(20));
    expect(plan).toMatchObject({ indexName: "user_1_at_-1", documents: 20, returned: 20 });
    expect(plan.stages).not.toContain("SORT");
  });

  it("reads it backwards for the other direction, within a range", async () => {
    const plan = await explain(
      messages
        .find({ user: "u3", at: { $gt: new Date(500_000) } })
        .sort({ at: 1 })
        .limit(5),
    );
    expect(plan).toMatchObject({ indexName: "user_1_at_-1", documents: 5, returned: 5 });
    expect(plan.stages).not.toContain("SORT");
  });

  it("merges the scans of an $in to keep the order", async () => {
    const cursor = () =>
      messages
        .find({ status: { $in: ["a", "c"] } })
        .sort({ at: 1 })
        .limit(10);
    const plan = await explain(cursor());
    expect(plan.stages).not.toContain("SORT");
    expect(plan.documents).toBeLessThanOrEqual(12);
    const expected = Array.from({ length: 10 }, (_, index) => `m${String(index * 2).padStart(4, "0")}`);
    expect((await cursor().toArray()).map(({ _id }) => _id)).toEqual(expected);
  });

  it("finds one by _id without looking at more", async () => {
    const plan = await explain(messages.find({ _id: "m0007" as never }));
    expect(plan).toMatchObject({ keys: 1, documents: 1, returned: 1 });
    expect(plan.stages).not.toContain("COLLSCAN");
  });

  it("pages by _id", async () => {
    const plan = await explain(
      messages
        .find({ _id: { $gt: "m0500" as never } })
        .sort({ _id: 1 })
        .limit(10),
    );
    expect(plan).toMatchObject({ indexName: "_id_", documents: 10 });
  });

  it("looks into arrays", async () => {
    expect(await explain(messages.find({ tags: "t2" }))).toMatchObject({
      indexName: "tags_1",
      documents: 200,
      returned: 200,
    });
  });

  it("scans the collection where no index helps", async () => {
    expect((await explain(messages.find({ other: 1 }))).stages).toContain("COLLSCAN");
  });

  it("uses a sparse index only where the field is wanted", async () => {
    expect((await explain(messages.find({ token: "k100" }))).indexName).toBe("token_1");
    expect((await explain(messages.find({ token: null }))).stages).toContain("COLLSCAN");
    expect(await messages.countDocuments({ token: null })).toBe(990);
  });

  it("sorts in memory what no index orders", async () => {
    expect((await explain(messages.find({ tags: "t1" }).sort({ at: 1 }))).stages).toContain("SORT");
  });

  it("takes a $or apart", async () => {
    const plan = await explain(messages.find({ $or: [{ user: "u1", at: new Date(1000) }, { token: "k100" }] }));
    expect(plan.stages).not.toContain("COLLSCAN");
    expect(plan.documents).toBeLessThanOrEqual(3);
  });

  it("obeys a hint and refuses one that fits no index", async () => {
    expect((await explain(messages.find({ user: "u1" }).hint("status_1_at_1"))).indexName).toBe("status_1_at_1");
    expect((await explain(messages.find({ user: "u1" }).hint({ $natural: 1 }))).stages).toContain("COLLSCAN");
    expect((await refusal(messages.find({}).hint("nothing").toArray())).code).toBe(2);
  });

  it("explains an aggregation, a count and writes without doing them", async () => {
    const aggregation = await messages
      .aggregate([{ $match: { user: "u1" } }, { $group: { _id: "$status", n: { $sum: 1 } } }])
      .explain();
    expect(JSON.stringify(aggregation)).toMatch(/user_1_at_-1|"open"/);
    const deletion = await server().db.command({
      explain: { delete: messages.collectionName, deletes: [{ q: { token: "k100" }, limit: 0 }] },
      verbosity: "executionStats",
    });
    expect(JSON.stringify(deletion.queryPlanner.winningPlan)).toContain("token_1");
    expect(await messages.countDocuments({ token: "k100" })).toBe(1);
  });
});
