import { HttpRequest } from "@azure/functions";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { AppError } from "../../../src/domain/errors.ts";
import type { Principal } from "../../../src/domain/user.ts";
import type { PipelineServices } from "../../../src/http/exchange.ts";
import { answerRequest } from "../../../src/http/pipeline.ts";
import { createRefusals } from "../../../src/http/refusals.ts";
import { routeFactory } from "../../../src/http/route.ts";
import { createLimiter } from "../../../src/platform/limiter.ts";
import type { Clock } from "../../../src/ports/platform.ts";
import { silentLogger } from "../../integration/database/support.ts";
import { noTelemetry } from "../../support/telemetry.ts";

const start = new Date("2026-11-21T12:00:00Z").getTime();
const principal: Principal = {
  userId: "user_1",
  role: "user",
  tier: "free",
  isGuest: false,
  sessionId: null,
  credentialsVersion: 0,
};

/** Services that answer at once, except that an account is loaded when the test says so. */
function createServices() {
  const time = { now: start };
  const clock: Clock = { now: () => new Date(time.now), sleep: () => new Promise(() => undefined) };
  const loading: PromiseWithResolvers<Principal>[] = [];
  const counts = { running: 1, asked: 0 };
  const services = {
    clock,
    logger: silentLogger,
    telemetry: noTelemetry,
    ids: { next: (prefix: string) => `${prefix}_1` },
    usage: { record: () => undefined },
    allowedOrigins: [],
    allowedClients: { isEmpty: true, has: () => true },
    rateLimitFactor: 1,
    rateLimits: {
      count: async () => {
        counts.asked += 1;
        return { running: counts.running, before: 0, startedAt: new Date(time.now), windowSeconds: 60 };
      },
      giveBack: async () => undefined,
    },
    refusals: createRefusals(clock),
    pacedAdmissions: createLimiter({ concurrency: 1, waiting: 10, patienceMs: 5_000 }),
    identify: async () => ({ userId: "user_1", tokenVersion: 0, sessionId: null, scopes: null }),
    loadPrincipal: () => {
      const load = Promise.withResolvers<Principal>();
      loading.push(load);
      return load.promise;
    },
  } as unknown as PipelineServices;
  return { services, loading, counts, time };
}

function createRoute(options: { isPaced?: boolean } = {}) {
  const lookedUp: string[] = [];
  const handled: unknown[] = [];
  const begun = Promise.withResolvers<void>();
  const route = routeFactory<PipelineServices>()({
    method: "POST",
    path: "/v1/conversations",
    summary: "An example",
    tag: "Example",
    auth: "user",
    limit: "chat",
    ...options,
    body: z.object({ name: z.string() }),
    ahead: async (_services, { userId, body }) => {
      lookedUp.push(`${userId} ${body.name}`);
      begun.resolve();
      if (body.name === "broken") throw new Error("away");
      return `found for ${body.name}`;
    },
    handle: async (_services, { body, ahead }) => {
      handled.push(await ahead);
      return body;
    },
  });
  return { route, lookedUp, handled, begun: begun.promise };
}

function ask({ services }: ReturnType<typeof createServices>, { route }: ReturnType<typeof createRoute>, body: string) {
  const request = new HttpRequest({
    method: "POST",
    url: "http://localhost/api/v1/conversations",
    headers: { authorization: "Bearer token", "content-type": "application/json" },
    body: { string: body },
  });
  return answerRequest(async () => services, [route], request);
}

const codeOf = ({ body }: { body?: unknown }) => JSON.parse(String(body)).code;

describe("what a route looks up ahead", () => {
  it("is begun before the account is there, and given to the handler when it is", async () => {
    const context = createServices();
    const route = createRoute();
    const answering = ask(context, route, '{"name":"a"}');
    await route.begun;
    expect(context.loading).toHaveLength(1);
    expect(route.handled).toEqual([]);
    context.loading[0]?.resolve(principal);
    expect((await answering).status).toBe(204);
    expect(route.lookedUp).toEqual(["user_1 a"]);
    expect(route.handled).toEqual(["found for a"]);
  });

  it("never reaches the handler of a caller who is refused", async () => {
    const context = createServices();
    const route = createRoute();
    const answering = ask(context, route, '{"name":"a"}');
    await route.begun;
    context.loading[0]?.reject(new Error("no such account"));
    expect((await answering).status).toBe(500);
    expect(route.handled).toEqual([]);
  });

  it("is not begun for input that is wrong, which is said to those who may know", async () => {
    const context = createServices();
    const route = createRoute();
    const codeOfWrongInput = async () => {
      const before = context.loading.length;
      const answering = ask(context, route, "{}");
      await expect.poll(() => context.loading.length).toBe(before + 1);
      context.loading[before]?.resolve(principal);
      return codeOf(await answering);
    };
    expect(await codeOfWrongInput()).toBe("validation_failed");
    context.counts.running = 1_000;
    expect(await codeOfWrongInput()).toBe("rate_limited");
    expect(route.lookedUp).toEqual([]);
  });

  it("does not keep a caller who is refused waiting for the end of their own body", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const context = createServices();
      const route = createRoute();
      const request = {
        method: "POST",
        url: "http://localhost/api/v1/conversations",
        headers: new Headers({ authorization: "Bearer token", "content-type": "application/json" }),
        params: {},
        body: new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) }),
      } as unknown as HttpRequest;
      const answering = answerRequest(async () => context.services, [route.route], request);
      await vi.waitFor(() => expect(context.loading).toHaveLength(1));
      context.loading[0]?.reject(new AppError("unauthenticated"));
      await vi.advanceTimersByTimeAsync(5_000);
      expect((await answering).status).toBe(401);
      expect(route.lookedUp).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("fails where the handler waits for it", async () => {
    const context = createServices();
    const route = createRoute();
    const answering = ask(context, route, '{"name":"broken"}');
    await route.begun;
    context.loading[0]?.resolve(principal);
    expect((await answering).status).toBe(500);
    expect(route.handled).toEqual([]);
  });

  it("waits for the limit with those who asked too often, until they may ask again", async () => {
    const context = createServices();
    const route = createRoute();
    const answer = async (loaded = principal) => {
      const before = context.loading.length;
      const answering = ask(context, route, '{"name":"a"}');
      await expect.poll(() => context.loading.length).toBe(before + 1);
      const begunEarly = route.lookedUp.length;
      context.loading[before]?.resolve(loaded);
      const { status } = await answering;
      const { asked } = context.counts;
      context.counts.asked = 0;
      return { status, begunEarly, lookedUp: route.lookedUp.splice(0).length, asked };
    };
    context.counts.running = 61;
    expect(await answer()).toMatchObject({ status: 429, lookedUp: 1, asked: 1 });
    // Not counted again: the time that was told holds.
    context.counts.running = 1;
    expect(await answer()).toEqual({ status: 429, begunEarly: 0, lookedUp: 0, asked: 0 });
    // Who may more by now is.
    expect(await answer({ ...principal, tier: "pro" })).toEqual({ status: 204, begunEarly: 0, lookedUp: 1, asked: 1 });
    context.time.now += 3_600_000;
    expect(await answer()).toMatchObject({ status: 204, lookedUp: 1, asked: 1 });
  });
});

describe("a route whose bursts are paced", () => {
  it("loads the account of one caller after the other, and handles them side by side", async () => {
    const context = createServices();
    const route = createRoute({ isPaced: true });
    const answers = ["a", "b", "c"].map((name) => ask(context, route, JSON.stringify({ name })));
    for (const count of [1, 2, 3]) {
      await expect.poll(() => context.loading.length).toBe(count);
      context.loading[count - 1]?.resolve(principal);
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(route.handled).toHaveLength(3);
  });
});

describe("somebody without an account who asked too often", () => {
  it("is refused without being counted again, until their time has come", async () => {
    const context = createServices();
    const route = routeFactory<PipelineServices>()({
      method: "POST",
      path: "/v1/auth/login",
      summary: "An example",
      tag: "Example",
      auth: "none",
      limit: "auth_login",
      isPaced: true,
      handle: async () => undefined,
    });
    const answer = async () => {
      const request = new HttpRequest({ method: "POST", url: "http://localhost/api/v1/auth/login" });
      const { status, headers } = await answerRequest(async () => context.services, [route], request);
      return { status, headers: headers as Record<string, string> };
    };
    context.counts.running = 45;
    const first = await answer();
    expect(first.status).toBe(429);
    context.counts.running = 1;
    expect(await answer()).toEqual(first);
    context.time.now += 1_000;
    const seconds = String(Number(first.headers["retry-after"]) - 1);
    expect(await answer()).toMatchObject({
      status: 429,
      headers: {
        "retry-after": seconds,
        "ratelimit-limit": "30",
        "ratelimit-remaining": "0",
        "ratelimit-reset": seconds,
      },
    });
    context.time.now += Number(seconds) * 1_000;
    expect((await answer()).status).toBe(204);
  });
});
