import { describe, expect, it } from "vitest";
import { parseTraceparent } from "../../../src/domain/trace-context.ts";
import type { FinishedSpan, MetricValue } from "../../../src/telemetry/sink.ts";
import { createTelemetry } from "../../../src/telemetry/telemetry.ts";

function collecting(sampleRatio: number) {
  const spans: FinishedSpan[] = [];
  const values: MetricValue[] = [];
  let closed = 0;
  const telemetry = createTelemetry({
    openSink: async () => ({
      span: (span) => spans.push(span),
      metric: (value) => values.push(value),
      shutdown: async () => {
        closed += 1;
      },
    }),
    sampleRatio,
    onFailure: (error) => {
      throw error;
    },
  });
  return { telemetry, spans, values, closed: () => closed };
}

/** Ids whose random part is in the lower and in the upper half. */
const low = "4bf92f3577b34da6a3ce929d00000001";
const high = "4bf92f3577b34da6a3ce929dffffffff";
const from = (traceId: string) => `00-${traceId}-00f067aa0ba902b7-01`;

describe("telemetry", () => {
  it("keeps what happened before the exporters were open", async () => {
    const { telemetry, spans, values, closed } = collecting(1);
    await telemetry.span({ name: "early" }, async () => telemetry.count("muse.timer.failures", 2, { job: "x" }));
    expect(spans).toEqual([]);
    await telemetry.close();
    expect(spans.map(({ name }) => name)).toEqual(["early"]);
    expect(values).toEqual([{ name: "muse.timer.failures", value: 2, attributes: { job: "x" } }]);
    expect(closed()).toBe(1);
  });

  it("makes children of what runs within a span, also later and side by side", async () => {
    const { telemetry, spans } = collecting(1);
    await telemetry.span({ name: "root", parent: from(low) }, async () => {
      await Promise.all([
        telemetry.span({ name: "one" }, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          telemetry.ended({ name: "inner", durationMs: 5 });
        }),
        telemetry.span({ name: "two" }, async () => undefined),
      ]);
    });
    await telemetry.close();
    const found = Object.fromEntries(spans.map((span) => [span.name, span]));
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([low]));
    expect(found.root?.parentSpanId).toBe("00f067aa0ba902b7");
    expect(found.one?.parentSpanId).toBe(found.root?.spanId);
    expect(found.two?.parentSpanId).toBe(found.root?.spanId);
    expect(found.inner?.parentSpanId).toBe(found.one?.spanId);
  });

  it("keeps the share of traces that their ids tell, and says how many each stands for", async () => {
    const { telemetry, spans } = collecting(0.5);
    for (const traceId of [low, high]) await telemetry.span({ name: traceId, parent: from(traceId) }, async () => 1);
    await telemetry.close();
    expect(spans.map(({ name, weight }) => ({ name, weight }))).toEqual([{ name: low, weight: 2 }]);
  });

  it("keeps a whole trace with a failure, whatever the share", async () => {
    const { telemetry, spans } = collecting(0);
    const work = telemetry.span({ name: "root" }, async () => {
      await telemetry.span({ name: "went well" }, async () => undefined);
      await telemetry.span({ name: "failed" }, async () => {
        throw new TypeError("with a secret in it");
      });
    });
    await expect(work).rejects.toThrow(TypeError);
    await telemetry.span({ name: "another trace" }, async () => undefined);
    await telemetry.close();
    expect(spans.map(({ name, failure }) => [name, failure])).toEqual([
      ["went well", undefined],
      ["failed", "TypeError"],
      ["root", "TypeError"],
    ]);
    expect(JSON.stringify(spans)).not.toContain("secret");
  });

  it("tells the trace to other processes, whose parts of it are kept or left out alike", async () => {
    const { telemetry } = collecting(0.5);
    for (const [traceId, isSampled] of [
      [low, true],
      [high, false],
    ] as const) {
      await telemetry.span({ name: "root", parent: from(traceId) }, async () => {
        expect(parseTraceparent(telemetry.traceparent())).toMatchObject({ traceId, isSampled });
      });
    }
  });

  it("without exporters keeps ids for the log and nothing else", async () => {
    const telemetry = createTelemetry({ openSink: null, sampleRatio: 1, onFailure: () => undefined });
    expect(telemetry.isOn).toBe(false);
    expect(telemetry.traceId()).toBeUndefined();
    await telemetry.span({ name: "root", parent: from(low) }, async () => {
      await telemetry.span({ name: "child" }, async () => expect(telemetry.traceId()).toBe(low));
      expect(telemetry.traceparent()).toMatch(new RegExp(`^00-${low}-[0-9a-f]{16}-00$`));
    });
    telemetry.observe("muse.chat.turn", 1);
    await telemetry.close();
  });

  it("does no harm when the exporters cannot be opened", async () => {
    const failures: unknown[] = [];
    const telemetry = createTelemetry({
      openSink: async () => {
        throw new Error("no such module");
      },
      sampleRatio: 1,
      onFailure: (error) => failures.push(error),
    });
    await telemetry.span({ name: "root" }, async () => undefined);
    await telemetry.close();
    expect(failures).toHaveLength(1);
  });
});

describe("a traceparent", () => {
  it.each([
    ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true],
    ["cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more", true],
    ["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false],
    ["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false],
    ["00-00000000000000000000000000000000-00f067aa0ba902b7-01", false],
    ["00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false],
    ["00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01", false],
    ["anything\r\nelse", false],
    ["", false],
    [null, false],
  ])("%s is taken: %s", (value, isTaken) => {
    expect(parseTraceparent(value) !== null).toBe(isTaken);
  });
});
