import { request as openRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostUnderTest, runHost } from "./support/run-host.ts";
import { waitFor } from "./support/wait-for.ts";

const main = `
import { app } from "@azure/functions";
app.setup({ enableHttpStream: true });
const order = [];
app.hook.appStart(() => order.push("appStart"));
app.hook.preInvocation((context) => {
  if (context.invocationContext.functionName !== "hooked") return;
  order.push("pre");
  context.hookData.seen = true;
  const handler = context.functionHandler;
  context.functionHandler = (...parameters) => { order.push("replaced"); return handler(...parameters); };
});
app.hook.postInvocation((context) => {
  if (context.invocationContext.functionName !== "hooked") return;
  order.push("post:" + context.hookData.seen);
  context.result = { jsonBody: { order, from: context.result.jsonBody } };
});
app.http("hooked", { handler: async () => { order.push("handler"); return { jsonBody: "handler" }; } });

const describe = async (request) => ({
  method: request.method, url: request.url, params: request.params, body: await request.text(),
  t: request.query.getAll("t"), headers: Object.fromEntries(request.headers),
});
app.http("echo", {
  route: "echo/{id:int}/{*rest}", methods: ["GET", "POST", "OPTIONS"],
  handler: async (request, context) => {
    context.log("said by the handler");
    context.debug("too quiet to be heard");
    return { jsonBody: await describe(request), cookies: [{ name: "a", value: "1" }, { name: "b", value: "2" }] };
  },
});
app.http("headers-only", { methods: ["HEAD"], handler: async () => ({ headers: { "x-length": "7" } }) });

const produced = { chunks: 0, isCancelled: false };
const release = [];
app.http("release", { handler: async () => { release.shift()?.(); return { jsonBody: produced }; } });
app.http("stream", {
  handler: async () => ({
    headers: { "content-type": "text/event-stream" },
    body: new ReadableStream({
      async start(controller) {
        for (let index = 0; index < 3; index += 1) {
          controller.enqueue(new TextEncoder().encode("data: " + index + "\\n\\n"));
          produced.chunks += 1;
          await new Promise((resolve) => release.push(resolve));
        }
        controller.close();
      },
      cancel() { produced.isCancelled = true; },
    }),
  }),
});
app.http("throws", { handler: async () => { throw new Error("boom"); } });
app.http("nothing", { handler: async () => undefined });
app.http("upload", {
  methods: ["POST"],
  handler: async (request) => {
    let bytes = 0;
    for await (const chunk of request.body) bytes += chunk.length;
    return { jsonBody: { bytes } };
  },
});
app.http("b-literal", { route: "order/literal", handler: async () => ({ body: "b-literal" }) });
app.http("a-parameter", { route: "order/{any}", handler: async () => ({ body: "a-parameter" }) });
app.http("c-get", { route: "shared", methods: ["GET"], handler: async () => ({ body: "get" }) });
app.http("d-post", { route: "shared", methods: ["POST"], handler: async () => ({ body: "post" }) });
app.http("locked", { authLevel: "function", handler: async () => ({ body: "open" }) });
app.http("tooLate", { handler: async () => {
  try { app.http("never", { handler: async () => ({}) }); return { body: "registered" }; }
  catch (error) { return { body: error.message }; }
} });
`;

let host: HostUnderTest;
beforeAll(async () => {
  host = await runHost({ main, functionKey: "key-for-this-test" });
});
afterAll(async () => void (await host?.stop()));

const get = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);

describe("a request", () => {
  it("reaches the function with its route parameters decoded, repeated names apart, and its own URL", async () => {
    const response = await get("/api/ECHO/7/a/b%20c%2Fd/?t=1&t=2", { method: "POST", body: "hello" });
    expect(await response.json()).toMatchObject({
      method: "POST",
      url: `${host.url}/api/ECHO/7/a/b%20c%2Fd/?t=1&t=2`,
      params: { id: "7", rest: "a/b c%2Fd" },
      body: "hello",
      t: ["1", "2"],
    });
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("carries the client's address and port last in x-forwarded-for, as on Azure", async () => {
    const response = await get("/api/echo/7", { headers: { "x-forwarded-for": "203.0.113.9" } });
    const { headers } = (await response.json()) as { headers: Record<string, string> };
    expect(headers["x-forwarded-for"]).toMatch(/^203\.0\.113\.9, 127\.0\.0\.1:\d+$/);
    expect(headers["x-forwarded-proto"]).toBe("http");
  });

  it("leaves out a route parameter that the path does not have", async () => {
    expect(await (await get("/api/echo/7")).json()).toMatchObject({ params: { id: "7" } });
  });

  it("is handed on with HEAD and OPTIONS where the function registered them", async () => {
    const head = await get("/api/headers-only", { method: "HEAD" });
    expect([head.status, head.headers.get("x-length")]).toEqual([200, "7"]);
    expect((await get("/api/echo/1", { method: "OPTIONS" })).status).toBe(200);
  });

  it.each([
    ["an unknown path", "/api/unknown", "GET", 404],
    ["a wrong method", "/api/echo/7", "PUT", 404],
    ["HEAD where only GET is registered", "/api/echo/7", "HEAD", 404],
    ["a constraint that is not met", "/api/echo/seven", "GET", 404],
    ["a path without the prefix", "/echo/7", "GET", 404],
    ["an encoding that is none", "/api/echo/7/%ff", "GET", 400],
  ])("is refused for %s", async (_why, path, method, status) => {
    expect((await get(path, { method })).status).toBe(status);
  });

  it("goes to the first function by name, whatever its route", async () => {
    expect(await (await get("/api/order/literal")).text()).toBe("a-parameter");
  });

  it("goes on to the next function with the same route when the method is another's", async () => {
    expect(await (await get("/api/shared", { method: "POST" })).text()).toBe("post");
  });

  it("needs the function's key where the function says so, the header before the query", async () => {
    const status = async (path: string, key?: string) =>
      (await get(path, key === undefined ? {} : { headers: { "x-functions-key": key } })).status;
    expect(await status("/api/locked")).toBe(401);
    expect(await status("/api/locked?code=key-for-this-test")).toBe(200);
    expect(await status("/api/locked", "key-for-this-test")).toBe(200);
    expect(await status("/api/locked?code=key-for-this-test", "another")).toBe(401);
  });

  it("for the page / is answered by the host itself", async () => {
    expect(await (await get("/")).text()).toContain("AzureWebJobsDisableHomepage");
  });

  it("with more than 104,857,600 bytes is refused before the function runs", async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { "content-length": "104857601" };
      const request = openRequest(`${host.url}/api/upload`, { method: "POST", headers }, (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.once("error", reject);
      request.write("the first bytes");
    });
    expect(status).toBe(413);
  });

  it("with a chunked body is streamed into the function", async () => {
    const chunks = async function* () {
      for (let index = 0; index < 20; index += 1) yield new Uint8Array(100_000);
    };
    const init: RequestInit = { method: "POST", body: ReadableStream.from(chunks()), duplex: "half" };
    expect(await (await get("/api/upload", init)).json()).toEqual({ bytes: 2_000_000 });
  });
});

describe("a streamed response", () => {
  it("sends each chunk when it is written, and one that nobody reads any more is produced to its end", async () => {
    const released = async () => (await (await get("/api/release")).json()) as { chunks: number; isCancelled: boolean };
    const first = (await get("/api/stream")).body?.getReader();
    const read = async () => new TextDecoder().decode((await first?.read())?.value);
    // Each chunk arrives while the producer still waits to be released for the next.
    expect(await read()).toBe("data: 0\n\n");
    expect((await released()).isCancelled).toBe(false);
    expect(await read()).toBe("data: 1\n\n");
    await first?.cancel();
    const end = await waitFor(async () => {
      const state = await released();
      return state.chunks === 3 && state;
    }, "the last chunk");
    await released();
    expect(end.isCancelled).toBe(false);
  });
});

describe("under streaming, as in the real worker", () => {
  const isAnswered = async (path: string) =>
    await Promise.race([
      get(path, { signal: AbortSignal.timeout(600) }).then(
        () => true,
        () => false,
      ),
      delay(2000, "still waiting"),
    ]);

  it("a handler that throws gives no response at all, and the host says so in one line", async () => {
    expect(await isAnswered("/api/throws")).toBe(false);
    expect(host.lines.filter((line) => line.startsWith("error: throws failed: boom"))).toEqual([
      expect.stringContaining("the client gets no response at all and waits for ever"),
    ]);
  });

  it("a handler that returns nothing gives no response at all, and the host says so", async () => {
    expect(await isAnswered("/api/nothing")).toBe(false);
    expect(host.lines.filter((line) => line.startsWith("error: nothing returned nothing"))).toHaveLength(1);
  });
});

describe("the worker", () => {
  it("runs the hooks around an invocation in their order, and they may replace handler and result", async () => {
    expect(await (await get("/api/hooked")).json()).toEqual({
      order: ["appStart", "pre", "replaced", "handler", "post:true"],
      from: "handler",
    });
  });

  it("forwards what a handler logs, at the host's default level", async () => {
    await (await get("/api/echo/1")).text();
    await waitFor(() => host.lines.includes("info: echo: said by the handler"));
    expect(host.lines.join()).not.toContain("too quiet");
  });

  it("refuses to register a function once the app has started", async () => {
    expect(await (await get("/api/tooLate")).text()).toBe("A function can only be registered during app startup.");
  });

  it("tells its state", async () => {
    expect(await (await get("/admin/host/status")).json()).toMatchObject({ state: "Running" });
    expect(host.functions).toContainEqual({ name: "upload", kind: "http", detail: "POST /api/upload" });
  });
});
