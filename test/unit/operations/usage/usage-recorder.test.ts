import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { UsageLog } from "../../../../src/domain/usage.ts";
import { createUsageRecorder } from "../../../../src/operations/usage/usage-recorder.ts";
import type { Ids } from "../../../../src/ports/platform.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function recorder(options: { capacity?: number } = {}) {
  const written: UsageLog[][] = [];
  const lines: { level: string; fields: object }[] = [];
  const state = { isAway: false };
  let made = 0;
  const note = (level: string) => (fields: object) => void lines.push({ level, fields });
  const usage = createUsageRecorder(
    {
      usageLogs: {
        daily: async () => [],
        insertMany: async (logs) => {
          if (state.isAway) throw new Error("away");
          written.push([...logs]);
        },
      },
      clock: { now: () => new Date(), sleep: async () => undefined },
      ids: { next: (prefix: string) => `${prefix}_${++made}` } as Ids,
      logger: { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") },
    },
    options,
  );
  const record = (count: number) => {
    for (let index = 0; index < count; index += 1) usage.record({ userId: "user_a", action: "api_request" });
  };
  return { usage, record, written, lines, state };
}

describe("the usage recorder", () => {
  it("writes what came within a second in one batch", async () => {
    const { record, written } = recorder();
    record(3);
    await vi.advanceTimersByTimeAsync(999);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(written.map((batch) => batch.length)).toEqual([3]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(1);
  });

  it("does not wait when there is much to write", async () => {
    const { record, written } = recorder();
    record(600);
    await vi.advanceTimersByTimeAsync(1);
    expect(written.flat()).toHaveLength(600);
    expect(Math.max(...written.map((batch) => batch.length))).toBeLessThanOrEqual(250);
  });

  it("writes all when it is told to, as at the end of a process", async () => {
    const { usage, record, written } = recorder();
    record(2);
    await usage.flush();
    expect(written.flat()).toHaveLength(2);
  });

  it("keeps everything in its order while the database is away", async () => {
    const { record, written, state } = recorder();
    state.isAway = true;
    record(300);
    await vi.advanceTimersByTimeAsync(20_000);
    record(1);
    state.isAway = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(written.flat().map(({ _id }) => _id)).toEqual(
      Array.from({ length: 301 }, (_unused, index) => `use_${index + 1}`),
    );
  });

  it("drops the oldest when the database is away for too long, and says how many", async () => {
    const { record, written, lines, state } = recorder({ capacity: 10 });
    state.isAway = true;
    record(25);
    await vi.advanceTimersByTimeAsync(5_000);
    state.isAway = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(written.flat()).toHaveLength(10);
    expect(written.flat().at(-1)?._id).toBe("use_25");
    expect(lines.filter(({ level }) => level === "error").map(({ fields }) => fields)).toEqual([{ dropped: 15 }]);
  });

  it("keeps entries for 90 days", async () => {
    const { usage, record, written } = recorder();
    record(1);
    await usage.flush();
    const [entry] = written.flat();
    expect((entry?.expires_at.getTime() ?? 0) - (entry?.created_at.getTime() ?? 0)).toBe(90 * 86_400_000);
  });
});
