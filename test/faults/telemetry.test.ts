import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { metrics } from "../../src/domain/metrics.ts";
import { type StandIn, startStandIn } from "../package/support/stand-in.ts";
import { eventually, guest } from "../support/client.ts";
import { type CollectedSpan, type Collector, startCollector } from "../support/collector.ts";
import { type RunningMuse, startMuse } from "../support/muse.ts";

let folder: string;
let collector: Collector;
let provider: StandIn;
let muse: RunningMuse;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "muse-telemetry-"));
  [collector, provider] = await Promise.all([startCollector(), startStandIn()]);
  muse = await startMuse({
    dataFolder: folder,
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_METRIC_EXPORT_INTERVAL: "500",
      OPENAI_BASE_URL: provider.baseUrl,
      CHAT_MODELS: "openai:stand-in,simulated:muse-1",
      LOG_LEVEL: "info",
    },
  });
});

afterAll(async () => {
  await muse?.stop();
  await Promise.all([collector?.stop(), provider?.stop()]);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

const newTraceId = () => randomBytes(16).toString("hex");
const headersOf = (traceId: string) => ({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
const spansOf = (traceId: string) => collector.spans().filter((span) => span.traceId === traceId);

/** Whether the span has its caller's in the same trace, up to the request itself. */
function descendsFrom(span: CollectedSpan, root: CollectedSpan, all: readonly CollectedSpan[]): boolean {
  for (let at: CollectedSpan | undefined = span; at !== undefined; ) {
    if (at.spanId === root.spanId) return true;
    const parent: string | undefined = at.parentSpanId;
    at = all.find(({ spanId }) => spanId === parent);
  }
  return false;
}

describe("telemetry", () => {
  it("follows a picture in one trace from the request through the queue to provider, storage and database", async () => {
    const someone = await guest(muse.url);
    const traceId = newTraceId();
    const accepted = await someone.post(
      "/v1/generations",
      { prompt: "a lighthouse", image_size: "64x64" },
      { headers: headersOf(traceId) },
    );
    const done = await someone.get(`/v1/generations/${accepted.body.id}?wait=30`);
    expect(done.body.status).toBe("completed");

    // A span is told of when it ends, so what was done in it may be heard of before.
    const { spans, root } = await eventually(
      async () => {
        const found = spansOf(traceId);
        return { spans: found, root: found.find(({ name }) => name === "POST /v1/generations") };
      },
      (found) =>
        found.spans.some(({ name }) => name === "process generations") &&
        found.spans.every((span) => found.root !== undefined && descendsFrom(span, found.root, found.spans)),
    );

    expect(root).toMatchObject({
      parentSpanId: "00f067aa0ba902b7",
      attributes: { "http.route": "/v1/generations", "http.response.status_code": 202 },
    });
    const names = new Set(spans.map(({ name }) => name));
    for (const name of ["send generations", "process generations", "blob put", "findAndModify generations"]) {
      expect(names, [...names].join(", ")).toContain(name);
    }
    expect([...names].some((name) => name.startsWith("image create "))).toBe(true);
    expect([...names].some((name) => name.startsWith("image download "))).toBe(true);
    const told = JSON.stringify(spans);
    expect(told).not.toContain("lighthouse");
    expect(told).not.toContain(someone.token);
  });

  it("follows a chat turn to its provider, which gets the trace with the request", async () => {
    const someone = await guest(muse.url);
    const traceId = newTraceId();
    const turn = await someone.post(
      "/v1/chat",
      { content: "Hello", model: "stand-in" },
      { headers: headersOf(traceId) },
    );
    expect(turn.status, JSON.stringify(turn.body)).toBe(200);
    const spans = await eventually(
      async () => spansOf(traceId),
      (found) => found.some(({ name }) => name === "POST /v1/chat"),
    );
    const call = spans.find(({ name }) => name === "chat stand-in");
    expect(call?.attributes).toMatchObject({ "gen_ai.provider.name": "openai", "gen_ai.usage.output_tokens": 5 });
    expect(provider.requests.at(-1)?.traceparent).toBe(`00-${traceId}-${call?.spanId}-01`);
    const line = muse
      .output()
      .split("\n")
      .filter((text) => text.includes(traceId))
      .map((text) => JSON.parse(text.slice(text.indexOf("{"))))
      .find(({ msg }) => msg === "request");
    expect(line).toMatchObject({ traceId, path: "/api/v1/chat", status: 200 });
  });

  it("measures turns, jobs, credits, homes of pictures and the database, under names and units of the one list", async () => {
    const someone = await guest(muse.url);
    expect((await someone.post("/v1/chat", { content: "Hello", model: "stand-in" })).status).toBe(200);
    const job = await someone.post("/v1/generations", { prompt: "a puffin", image_size: "64x64" });
    expect((await someone.get(`/v1/generations/${job.body.id}?wait=30`)).body.status).toBe("completed");
    for (const [name, { unit }] of Object.entries(metrics)) {
      const isExpected =
        /chat|queue\.message_age|generation\.duration|spent|stored|database\.command|pool_wait|http/.test(name);
      if (!isExpected) continue;
      const points = await eventually(
        async () => collector.points(name),
        (found) => found.length > 0,
      );
      expect(points[0]?.unit, name).toBe(unit);
      expect(points[0]?.sum, name).toBeGreaterThanOrEqual(0);
    }
    expect(collector.points("muse.images.stored")[0]?.attributes).toMatchObject({ service: "blob" });
    const reasons = await eventually(
      async () => collector.points("muse.credits.spent").map(({ attributes }) => attributes.reason),
      (found) => found.length >= 2,
    );
    expect(reasons.sort()).toEqual(["chat", "generation"]);
  });

  it("keeps working, and loses nothing else, when the collector is gone", async () => {
    await collector.stop();
    const someone = await guest(muse.url);
    const turn = await someone.post("/v1/chat", { content: "Still there?", model: "stand-in" });
    expect(turn.status).toBe(200);
    const job = await someone.post("/v1/generations", { prompt: "a gull", image_size: "64x64" });
    expect((await someone.get(`/v1/generations/${job.body.id}?wait=30`)).body.status).toBe("completed");
    const startedAt = performance.now();
    expect(await muse.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });
});
