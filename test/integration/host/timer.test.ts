import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostUnderTest, runHost } from "./support/run-host.ts";
import { waitFor } from "./support/wait-for.ts";

const main = `
import { app } from "@azure/functions";
const rare = "0 0 0 1 1 *";
let active = 0;
app.timer("frequent", { schedule: "%FREQUENT%", handler: async (timer, context) => {
  active += 1;
  context.log("frequent", active, timer.isPastDue);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  active -= 1;
} });
app.timer("missed", { schedule: rare, handler: async (timer, context) => context.log("late:", timer.isPastDue) });
app.timer("notMissed", { schedule: rare, handler: async (timer, context) => context.log("not to be run") });
app.timer("atStart", { schedule: rare, runOnStartup: true, handler: async (timer, context) => context.log("at once", timer.isPastDue) });
app.timer("byHand", { schedule: rare, handler: async (timer, context) => context.log("by hand", JSON.stringify(timer)) });
app.timer("failing", {
  schedule: rare, runOnStartup: true,
  retry: { strategy: "fixedDelay", maxRetryCount: 2, delayInterval: { seconds: 0 } },
  handler: async (timer, context) => {
    context.log("try", context.retryContext.retryCount, context.retryContext.exception?.message ?? "first");
    throw new Error("broken");
  },
});
`;

const longAgo = {
  last: "2020-01-01T00:00:00.000Z",
  next: "2021-01-01T00:00:00.000Z",
  last_updated: "2020-01-01T00:00:00.000Z",
};
const today = { ...longAgo, last: new Date().toISOString(), last_updated: new Date().toISOString() };

let stateFolder: string;
let host: HostUnderTest;
beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "muse-timers-"));
  writeFileSync(join(stateFolder, "timers.json"), JSON.stringify({ missed: longAgo, notMissed: today }));
  host = await runHost({ main, stateFolder, environment: { FREQUENT: "* * * * * *" } });
});
afterAll(async () => {
  await host?.stop();
  rmSync(stateFolder, { recursive: true, force: true });
});

const logged = (text: string) => host.lines.filter((line) => line.includes(text));

describe("a timer trigger", () => {
  it("runs at its occurrences, never over itself", async () => {
    expect(host.functions).toContainEqual({ name: "frequent", kind: "timer", detail: "* * * * * *" });
    await waitFor(() => logged("frequent: frequent").length >= 2, "two runs");
    expect(new Set(logged("frequent: frequent"))).toEqual(new Set(["info: frequent: frequent 1 false"]));
  });

  it("makes one run with isPastDue of all that were missed, and remembers it", async () => {
    await waitFor(() => logged("late:").length > 0);
    const remembered = await waitFor(() => {
      const states = JSON.parse(readFileSync(join(stateFolder, "timers.json"), "utf8"));
      return states.missed.last > longAgo.last && states;
    });
    expect(logged("late:")).toEqual(["info: missed: late: true"]);
    expect(Date.parse(remembered.missed.next)).toBeGreaterThan(Date.now());
    expect(logged("not to be run")).toEqual([]);
  });

  it("runs at the start where the app asks for it", async () => {
    await waitFor(() => logged("at once").length > 0);
    expect(logged("at once")).toEqual(["info: atStart: at once false"]);
  });

  it("is run once by the admin endpoint", async () => {
    const response = await fetch(`${host.url}/admin/functions/BYHAND`, { method: "POST", body: '{"input":""}' });
    expect(response.status).toBe(202);
    const [line] = await waitFor(() => logged("by hand").length === 1 && logged("by hand"));
    expect(line).toMatch(/"isPastDue":false/);
  });

  it("is tried again by its retry options, with the retry's context, and then given up", async () => {
    await waitFor(() => logged("error: failing failed: broken").length > 0);
    expect(logged("failing: try")).toEqual([
      "info: failing: try 0 first",
      "info: failing: try 1 broken",
      "info: failing: try 2 broken",
    ]);
    expect(logged("failing failed and will be tried again")).toHaveLength(2);
  });
});
