import { describe, expect, it } from "vitest";
import { limitSharedReads } from "../../../src/operations/sharing/limit-shared-reads.ts";
import type { RateLimits } from "../../../src/ports/database.ts";

function fakes() {
  const counts = new Map<string, number>();
  const rateLimits: RateLimits = {
    hit: async ({ subject, endpoint, weight }) => {
      const key = `${endpoint}|${subject}`;
      counts.set(key, (counts.get(key) ?? 0) + weight);
      return counts.get(key) ?? 0;
    },
  };
  const clock = { now: () => new Date("2026-11-21T12:00:20.000Z"), sleep: async () => undefined };
  return { rateLimits, clock };
}

describe("reads of shared conversations", () => {
  it("are limited by address, and told what is left", async () => {
    const services = fakes();
    const read = (ipAddress: string | null) => limitSharedReads(services, { ipAddress, factor: 1 });
    expect(await read("10.0.0.1")).toEqual({
      "ratelimit-limit": "120",
      "ratelimit-remaining": "119",
      "ratelimit-reset": "40",
    });
    for (let count = 0; count < 119; count += 1) await read("10.0.0.1");
    await expect(read("10.0.0.1")).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 40 });
    expect((await read("10.0.0.2"))["ratelimit-remaining"]).toBe("119");
  });

  it("are wider where the deployment says so", async () => {
    const headers = await limitSharedReads(fakes(), { ipAddress: null, factor: 2 });
    expect(headers["ratelimit-limit"]).toBe("240");
  });
});
