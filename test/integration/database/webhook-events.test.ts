import { describe, expect, it } from "vitest";
import { createWebhookEvents } from "../../../src/database/webhook-events.ts";
import { at, newId, start, times, useDatabase } from "./support.ts";

const context = useDatabase();
const events = () => createWebhookEvents(context().database);
const begin = (id: string, seconds: number) =>
  events().start({ id, source: "stripe", now: at(seconds), lockedUntil: at(seconds + 60), expiresAt: at(1_000) });

describe("events of providers", () => {
  it("are processed once", async () => {
    const id = newId("evt");
    expect(await begin(id, 0)).toBe("started");
    await events().complete(id);
    expect(await begin(id, 1)).toBe("done");
    expect(await begin(id, 500)).toBe("done");
    await events().release(id);
    expect(await begin(id, 501)).toBe("done");
  });

  it("are given to one of many deliveries at once", async () => {
    const id = newId("evt");
    const outcomes = await Promise.all(times(10, () => begin(id, 0)));
    expect(outcomes.filter((outcome) => outcome === "started")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "running")).toHaveLength(9);
  });

  it("go on with the next delivery after a crash, once the lock has lapsed", async () => {
    const id = newId("evt");
    await begin(id, 0);
    expect(await begin(id, 59)).toBe("running");
    const outcomes = await Promise.all(times(5, () => begin(id, 60)));
    expect(outcomes.filter((outcome) => outcome === "started")).toHaveLength(1);
  });

  it("go on at once after they were given up", async () => {
    const id = newId("evt");
    await begin(id, 0);
    await events().release(id);
    expect(await begin(id, 1)).toBe("started");
  });

  it("are new again once they expired, also before the database removes them", async () => {
    const id = newId("evt");
    await begin(id, 0);
    await events().complete(id);
    const late = { id, source: "stripe", now: at(1_000), lockedUntil: at(1_060), expiresAt: at(2_000) };
    expect(await events().start(late)).toBe("started");
    const stored = await context().database.run((db) =>
      db.collection<{ _id: string }>("webhook_events").findOne({ _id: id }),
    );
    expect(stored).toEqual({
      _id: id,
      source: "stripe",
      locked_until: at(1_060),
      expires_at: at(2_000),
      created_at: start,
      updated_at: at(1_000),
    });
  });
});
