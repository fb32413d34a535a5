import { describe, expect, it } from "vitest";
import { createGenerations } from "../../../src/database/generations.ts";
import type { Generation } from "../../../src/domain/generation.ts";
import { at, newGeneration, newId, times, useDatabase } from "./support.ts";

const context = useDatabase();
const generations = () => createGenerations(context().database);

async function insert(changes: Partial<Generation> = {}): Promise<string> {
  const generation = newGeneration({ provider: "replicate", ...changes });
  await generations().insertIfAbsent(generation);
  return generation._id;
}

const adopt = (generationId: string, predictionId: string) =>
  generations().adoptPrediction({ generationId, provider: "replicate", predictionId, now: at(1) });

describe("a prediction whose id nobody stored", () => {
  it("is given to its open job, once", async () => {
    const generationId = await insert({ status: "processing" });
    const predictionId = newId("pred");
    expect(await generations().findByPrediction(predictionId)).toBeNull();
    const results = await Promise.all(times(5, () => adopt(generationId, predictionId)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await generations().findByPrediction(predictionId)).toMatchObject({ _id: generationId });
    expect(await adopt(generationId, newId("pred"))).toBe(false);
  });

  it("is not given to an ended job, another provider's, an unknown one, or a second one", async () => {
    const predictionId = newId("pred");
    for (const changes of [{ status: "cancelled" }, { status: "completed" }, { provider: "simulated" }] as const) {
      expect(await adopt(await insert(changes), predictionId)).toBe(false);
    }
    expect(await adopt(newId("gen"), predictionId)).toBe(false);
    expect(await adopt(await insert(), predictionId)).toBe(true);
    expect(await adopt(await insert(), predictionId)).toBe(false);
  });

  it("keeps the version of its model with the job", async () => {
    const lease = { owner: "worker", until: at(30) };
    const generationId = await insert({ status: "processing", lease });
    const predictionId = newId("pred");
    const stored = { generationId, owner: "worker", predictionId, now: at(1) };
    expect(await generations().setPrediction({ ...stored, version: "v2" })).toBe(true);
    expect(await generations().findById(generationId)).toMatchObject({ replicate_version: "v2" });
  });
});
